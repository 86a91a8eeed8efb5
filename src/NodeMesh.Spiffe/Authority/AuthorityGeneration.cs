namespace NodeMesh.Spiffe.Authority;

/// <summary>A root and the issuing authority below it, which are rotated together. Immutable.</summary>
public sealed record AuthorityGeneration(CertificateAuthority Root, CertificateAuthority Issuing)
{
    public static AuthorityGeneration Create(TrustDomain trustDomain, CertificateAuthorityOptions options, TimeProvider time)
    {
        var root = CertificateAuthority.CreateRoot(trustDomain, options, time);
        return new AuthorityGeneration(root, root.CreateIssuing());
    }
}
