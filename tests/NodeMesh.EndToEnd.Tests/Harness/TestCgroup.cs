namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>
/// A control group (version 2) to run processes in. All of a run stand below one group named after the test process, which
/// the switch removes at the end of the run.
/// </summary>
internal sealed class TestCgroup
{
    private const string Prefix = "nodemesh-test-";
    private static int _count;

    internal TestCgroup(string directory)
    {
        Directory = directory;
        System.IO.Directory.CreateDirectory(directory);
    }

    /// <summary>Where the version 2 hierarchy is mounted: /sys/fs/cgroup, or /sys/fs/cgroup/unified beside version 1.</summary>
    public static string Root { get; } = FindRoot();

    public string Directory { get; }

    /// <summary>As /proc/PID/cgroup shows it: relative to the root of the hierarchy, with a leading slash.</summary>
    public string Path => Directory[Root.Length..];

    public TestCgroup AddChild(string name) => new(System.IO.Path.Combine(Directory, name));

    /// <summary>A name for the groups of one network; those that killed runs left behind are removed on the way.</summary>
    internal static string NewDirectory()
    {
        foreach (var stale in System.IO.Directory.EnumerateDirectories(Root, Prefix + "*"))
        {
            var owner = stale[(Root.Length + 1 + Prefix.Length)..].Split('-')[0];
            if (!System.IO.Directory.Exists($"/proc/{owner}"))
            {
                RemoveIfEmpty(stale);
            }
        }

        return System.IO.Path.Combine(Root, $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
    }

    private static void RemoveIfEmpty(string directory)
    {
        try
        {
            foreach (var child in System.IO.Directory.EnumerateDirectories(directory))
            {
                RemoveIfEmpty(child);
            }

            System.IO.Directory.Delete(directory);
        }
        catch (IOException)
        {
            // Another run removes it at this moment, or its processes are still ending.
        }
    }

    private static string FindRoot() =>
        File.ReadLines("/proc/mounts").Select(line => line.Split(' ')).FirstOrDefault(fields => fields[2] is "cgroup2")?[1]
        ?? throw new InvalidOperationException("No cgroup2 hierarchy is mounted: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
}
