using NodeMesh.Resources.Loading;

namespace NodeMesh.Cli.Commands;

/// <summary>The resource files that a command line names: files, directories, <c>-</c> for standard input. Stateless.</summary>
internal static class ResourceFiles
{
    private const string StandardInput = "-";

    /// <summary>
    /// As <see cref="Read"/>, for what is to be made so: nothing at all is rather a pipe that has failed than what is wanted, and would prune everything.
    /// </summary>
    /// <exception cref="CliException">One cannot be read, or no resource stands in them.</exception>
    public static List<ResourceFile> ReadWanted(CommandContext context, IReadOnlyList<string> paths)
    {
        var files = Read(context, paths);
        var parse = ResourceLoader.Parse(files);
        return parse.HasErrors || parse.Resources.Count > 0 ? files : throw new CliException($"there is no resource in {string.Join(", ", paths)}");
    }

    /// <exception cref="CliException">One cannot be read, or there is none.</exception>
    public static List<ResourceFile> Read(CommandContext context, IReadOnlyList<string> paths)
    {
        var files = new List<ResourceFile>();
        foreach (var path in paths)
        {
            try
            {
                if (string.Equals(path, StandardInput, StringComparison.Ordinal))
                {
                    using var content = new MemoryStream();
                    using var input = context.Host.Input();
                    input.CopyTo(content);
                    files.Add(new ResourceFile("<stdin>", content.ToArray()));
                }
                else
                {
                    files.AddRange(ResourceDirectory.ReadFiles(path));
                }
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new CliException($"there is no file or directory {path}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CliException($"{path} cannot be read: {e.Message}");
            }
        }

        return files.Count > 0
            ? files
            : throw new CliException($"there is no resource file in {string.Join(", ", paths)}", "resources stand in files whose names end in .yaml or .yml");
    }
}
