using System.Globalization;

namespace NodeMesh.Cli.Checks;

/// <summary>Reads from /proc which TCP ports have a listener, and which processes have it open. Read once; stateless.</summary>
internal sealed class ListeningSockets(Machine machine)
{
    private const string Listen = "0A";

    public IReadOnlyList<ListeningSocket> List() => [.. Parse(machine.Read("/proc/net/tcp")), .. Parse(machine.Read("/proc/net/tcp6"))];

    /// <summary>The processes that have one of these sockets open, as far as this user may see.</summary>
    public IEnumerable<(int Pid, string Name)> OwnersOf(IReadOnlySet<ulong> inodes)
    {
        var wanted = inodes.Select(inode => string.Create(CultureInfo.InvariantCulture, $"socket:[{inode}]")).ToHashSet(StringComparer.Ordinal);
        foreach (var process in Enumerate("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                continue;
            }

            if (Enumerate($"/proc/{pid}/fd").Any(descriptor => LinkTarget(descriptor) is { } target && wanted.Contains(target)))
            {
                yield return (pid, machine.Read($"/proc/{pid}/comm")?.Trim() ?? "?");
            }
        }
    }

    private static IEnumerable<ListeningSocket> Parse(string? table)
    {
        foreach (var line in (table ?? "").Split('\n').Skip(1))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9
                && string.Equals(fields[3], Listen, StringComparison.Ordinal)
                && int.TryParse(fields[1].AsSpan(fields[1].IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var port)
                && ulong.TryParse(fields[9], NumberStyles.None, CultureInfo.InvariantCulture, out var inode))
            {
                yield return new ListeningSocket(port, inode);
            }
        }
    }

    private string[] Enumerate(string path)
    {
        try
        {
            return Directory.GetFileSystemEntries(machine.PathOf(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Processes end while they are listed, and others' descriptors are private.
            return [];
        }
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
