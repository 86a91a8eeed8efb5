namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to GET /v1/readiness. See docs/admin-api.md.</summary>
internal sealed record ReadinessMessage
{
    public required bool Ready { get; init; }

    public required IReadOnlyList<string> Reasons { get; init; }

    public string? Remark { get; init; }
}
