namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The answer to POST /v1/drain. See docs/admin-api.md.</summary>
internal sealed record DrainMessage
{
    public required string State { get; init; }

    public required double GraceSeconds { get; init; }
}
