namespace NodeMesh.Daemon.Files;

/// <summary>
/// What a directory looks like without reading its files: names, sizes and times of modification. Two equal stamps mean that, short of a
/// deliberate deception, nothing changed.
/// </summary>
internal static class DirectoryStamp
{
    private const int MaxDepth = 16;

    /// <summary>The stamp; a directory that is missing or cannot be read has one too, different from any that can.</summary>
    public static int Of(string path)
    {
        var hash = new HashCode();
        try
        {
            if (File.Exists(path))
            {
                Add(ref hash, new FileInfo(path), depth: MaxDepth);
            }
            else
            {
                Add(ref hash, new DirectoryInfo(path), depth: 0);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            hash.Add(e.GetType());
        }

        return hash.ToHashCode();
    }

    private static void Add(ref HashCode hash, FileSystemInfo entry, int depth)
    {
        hash.Add(entry.Name, StringComparer.Ordinal);
        hash.Add(entry.LastWriteTimeUtc);
        hash.Add(entry.LinkTarget, StringComparer.Ordinal);
        switch (entry)
        {
            case FileInfo { LinkTarget: null } file:
                hash.Add(file.Length);
                break;
            case FileInfo file when file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target:
                hash.Add(target.LastWriteTimeUtc);
                hash.Add(target.Length);
                break;
            case DirectoryInfo directory when depth < MaxDepth && (depth == 0 || directory.LinkTarget is null):
                foreach (var child in directory.EnumerateFileSystemInfos().OrderBy(child => child.Name, StringComparer.Ordinal))
                {
                    Add(ref hash, child, depth + 1);
                }

                break;
            default:
                break;
        }
    }
}
