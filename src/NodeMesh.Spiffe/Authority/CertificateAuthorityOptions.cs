namespace NodeMesh.Spiffe.Authority;

/// <summary>How long the certificates of an authority live.</summary>
public sealed record CertificateAuthorityOptions
{
    public static CertificateAuthorityOptions Default { get; } = new();

    public TimeSpan RootLifetime { get; init; } = TimeSpan.FromDays(3650);

    public TimeSpan IssuingLifetime { get; init; } = TimeSpan.FromDays(365);

    public TimeSpan LeafLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How far back validity begins, so that a peer whose clock is slightly behind accepts a fresh certificate. SPIRE's default.</summary>
    public TimeSpan Backdate { get; init; } = TimeSpan.FromSeconds(10);
}
