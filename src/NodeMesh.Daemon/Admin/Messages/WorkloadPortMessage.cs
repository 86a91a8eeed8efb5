namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>A port a workload serves. See docs/admin-api.md.</summary>
internal sealed record WorkloadPortMessage
{
    public required string Name { get; init; }

    public required int Port { get; init; }

    public required string Address { get; init; }

    public required string Protocol { get; init; }

    public required string PeerAuthentication { get; init; }
}
