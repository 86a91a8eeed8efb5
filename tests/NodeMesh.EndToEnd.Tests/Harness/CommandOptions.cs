namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>How a command runs on a machine. Without any of these it runs as root, in the control group of the test run.</summary>
internal sealed record CommandOptions
{
    /// <summary>The user, by number; it needs no entry in /etc/passwd (see <see cref="Machine.AddUser"/> for one that has).</summary>
    public uint? Uid { get; init; }

    /// <summary>The group; the same number as the user when not given.</summary>
    public uint? Gid { get; init; }

    /// <summary>Capabilities kept in spite of <see cref="Uid"/>, as systemd's AmbientCapabilities does: "net_admin", "net_raw".</summary>
    public IReadOnlyList<string> AmbientCapabilities { get; init; } = [];

    /// <summary>Joined before the user changes, as a service manager does.</summary>
    public TestCgroup? Cgroup { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Text for standard input, which is closed behind it.</summary>
    public string? Input { get; init; }

    public string? WorkingDirectory { get; init; }

    /// <summary>The limit of open descriptors (RLIMIT_NOFILE).</summary>
    public int? MaxOpenFiles { get; init; }

    /// <summary>For <see cref="Machine.RunAsync(CommandOptions, string, string[])"/>: then the command's whole group is killed.</summary>
    public TimeSpan Timeout { get; init; } = Until.DefaultTimeout;

    public static CommandOptions As(uint uid) => new() { Uid = uid };
}
