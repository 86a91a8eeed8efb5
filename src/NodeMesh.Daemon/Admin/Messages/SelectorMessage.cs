namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>Which processes a workload is. See docs/admin-api.md.</summary>
internal sealed record SelectorMessage
{
    public string? SystemdUnit { get; init; }

    public string? User { get; init; }

    public uint? Uid { get; init; }

    public string? CgroupPath { get; init; }

    public string? Executable { get; init; }
}
