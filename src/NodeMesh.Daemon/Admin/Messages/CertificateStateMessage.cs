namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>How a workload's certificate stands. See docs/admin-api.md.</summary>
internal sealed record CertificateStateMessage
{
    public required string State { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    public double? RemainingSeconds { get; init; }
}
