using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tests.Tunnels;

/// <summary>A certificate authority of one trust domain, and the identity sets that nodes get from it.</summary>
internal sealed class MeshAuthority(string trustDomain = "mesh.example")
{
    private readonly CertificateAuthority _root = CertificateAuthority.CreateRoot(
        TrustDomain.Parse(trustDomain), CertificateAuthorityOptions.Default, TimeProvider.System);

    public TrustBundle Bundle => new(_root.TrustDomain, [_root.Certificate]);

    public ReadOnlyMemory<byte> RootCertificate => _root.Certificate;

    public X509Svid Issue(SpiffeId id, TimeSpan? lifetime = null)
    {
        var request = CertificateSigningRequest.Create(id);
        return request.Complete(_root.Sign(request.Der.Span, id, lifetime));
    }

    /// <summary>Fresh certificates of these workloads in the namespace <c>shop</c>, trusting this authority.</summary>
    public TlsIdentitySet Identities(params string[] serviceAccounts) => Identities(new TrustBundleSet([Bundle]), serviceAccounts);

    public TlsIdentitySet Identities(TrustBundleSet bundles, params string[] serviceAccounts) => Identities(bundles, TimeProvider.System, serviceAccounts);

    /// <param name="time">The clock that peers' certificates are held against.</param>
    public TlsIdentitySet Identities(TrustBundleSet bundles, TimeProvider time, params string[] serviceAccounts) =>
        new(serviceAccounts.Select(account => Issue(Id(account))), bundles, time);

    public SpiffeId Id(string serviceAccount) => SpiffeId.ForWorkload(_root.TrustDomain, "shop", serviceAccount);
}
