namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to GET /v1/workloads. See docs/admin-api.md.</summary>
internal sealed record WorkloadsMessage
{
    public required long Revision { get; init; }

    public required IReadOnlyList<WorkloadMessage> Items { get; init; }
}
