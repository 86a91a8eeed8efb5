namespace NodeMesh.Daemon.Admin.Messages;

/// <summary>The authorities of a trust domain. See docs/admin-api.md.</summary>
internal sealed record BundleMessage
{
    public required string TrustDomain { get; init; }

    public ulong? Sequence { get; init; }

    public double? RefreshHintSeconds { get; init; }

    public required IReadOnlyList<AuthorityMessage> Authorities { get; init; }
}
