namespace NodeMesh.Resources.Workloads;

/// <summary>Which processes of the node are a workload. Every field that is given must match; at least one is given.</summary>
public sealed record ProcessSelector
{
    /// <summary>The systemd unit the process runs in, with its suffix: <c>cart.service</c>.</summary>
    public string? SystemdUnit { get; init; }

    /// <summary>The name of the user, looked up on the node. Not together with <see cref="Uid"/>.</summary>
    public string? User { get; init; }

    public uint? Uid { get; init; }

    /// <summary>A cgroup v2 path as /proc/PID/cgroup shows it, with leading slash; the process is in it or below it.</summary>
    public string? CgroupPath { get; init; }

    /// <summary>The absolute path of the program file.</summary>
    public string? Executable { get; init; }
}
