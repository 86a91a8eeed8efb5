namespace NodeMesh.Resources.Loading;

/// <summary>
/// Loads a mesh from a directory: every <c>*.yaml</c> and <c>*.yml</c> in it and its subdirectories, in ordinal order of path. Hidden files and
/// directories are left out, and with them editors' backups; links to directories are not followed.
/// </summary>
public static class ResourceDirectory
{
    private const int MaxDepth = 16;
    private const int MaxFiles = 50_000;
    private const long MaxBytes = 256L * 1024 * 1024;

    private static readonly EnumerationOptions Options = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>The set, or every reason why there is none. A directory or file that cannot be read is an error, not an exception.</summary>
    public static ResourceLoad Load(string path)
    {
        var issues = new IssueCollector();
        return ResourceLoader.Load(Read(path, issues), issues);
    }

    /// <summary>The directory's files, for <see cref="ResourceLoader.Parse"/>; or the file itself, when the path is one.</summary>
    /// <exception cref="IOException">Something cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be read.</exception>
    public static IReadOnlyList<ResourceFile> ReadFiles(string path) => Paths(path).Select(file => new ResourceFile(file, File.ReadAllBytes(file))).ToArray();

    private static List<ResourceFile> Read(string path, IssueCollector issues)
    {
        var files = new List<ResourceFile>();
        var bytes = 0L;
        foreach (var file in Try(path, () => Paths(path), issues) ?? [])
        {
            if (Try(file, () => ReadBounded(file), issues) is not { } content)
            {
                continue;
            }

            bytes += content.Length;
            if (bytes > MaxBytes || files.Count >= MaxFiles)
            {
                Report(path, $"there are more than {MaxFiles} files or {MaxBytes} bytes; is this the right directory?", issues);
                break;
            }

            files.Add(new ResourceFile(file, content));
        }

        return files;
    }

    private static byte[] ReadBounded(string file)
    {
        using var stream = File.OpenRead(file);
        return stream.Length <= DocumentParser.MaxFileBytes
            ? File.ReadAllBytes(file)
            : throw new IOException($"it has {stream.Length} bytes; at most {DocumentParser.MaxFileBytes} are read; split it");
    }

    private static string[] Paths(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        var paths = new List<string>();
        Collect(new DirectoryInfo(path), path, depth: 0, paths);
        paths.Sort(StringComparer.Ordinal);
        return [.. paths];
    }

    private static void Collect(DirectoryInfo directory, string shownAs, int depth, List<string> paths)
    {
        if (depth > MaxDepth)
        {
            throw new IOException($"directories are nested more than {MaxDepth} deep");
        }

        foreach (var entry in directory.EnumerateFileSystemInfos("*", Options))
        {
            if (entry.Name.StartsWith('.'))
            {
                continue;
            }

            var path = Path.Combine(shownAs, entry.Name);
            if (entry is DirectoryInfo subdirectory)
            {
                if (subdirectory.LinkTarget is null)
                {
                    Collect(subdirectory, path, depth + 1, paths);
                }
            }
            else if (entry.Name.EndsWith(".yaml", StringComparison.Ordinal) || entry.Name.EndsWith(".yml", StringComparison.Ordinal))
            {
                paths.Add(path);
            }
        }
    }

    private static T? Try<T>(string path, Func<T> read, IssueCollector issues)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Report(path, $"it cannot be read: {e.Message}", issues);
            return null;
        }
    }

    private static void Report(string path, string message, IssueCollector issues) => issues.Add(new ResourceIssue
    {
        Severity = IssueSeverity.Error,
        Location = new SourceLocation(path, 0, 0),
        Message = message,
    });
}
