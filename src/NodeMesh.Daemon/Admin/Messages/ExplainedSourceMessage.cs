namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>Who would connect. See docs/admin-api.md.</summary>
internal sealed record ExplainedSourceMessage
{
    public string? Workload { get; init; }

    public string? SpiffeId { get; init; }

    public required bool Local { get; init; }
}
