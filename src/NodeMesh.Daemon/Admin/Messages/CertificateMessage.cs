namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>An identity of this node. See docs/admin-api.md.</summary>
internal sealed record CertificateMessage
{
    public required string SpiffeId { get; init; }

    public string? SerialNumber { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    public double? RemainingSeconds { get; init; }

    public required string State { get; init; }

    public required IReadOnlyList<string> Workloads { get; init; }

    public IReadOnlyList<string>? Chain { get; init; }
}
