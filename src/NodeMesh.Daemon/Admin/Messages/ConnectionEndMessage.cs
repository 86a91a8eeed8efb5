namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>One end of a connection. See docs/admin-api.md.</summary>
internal sealed record ConnectionEndMessage
{
    public required string Address { get; init; }

    public string? Workload { get; init; }

    public string? Principal { get; init; }

    /// <summary>What was dialled; at the destination only.</summary>
    public string? Endpoint { get; init; }
}
