namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>A workload of this node. See docs/admin-api.md.</summary>
internal sealed record WorkloadMessage
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required string ServiceAccount { get; init; }

    public required string SpiffeId { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required SelectorMessage Selector { get; init; }

    public required string PeerAuthentication { get; init; }

    public required IReadOnlyList<WorkloadPortMessage> Ports { get; init; }

    public required CertificateStateMessage Certificate { get; init; }
}
