using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Microbench.Environments;

/// <summary>An authority of its own and the SVIDs it signs, all in memory.</summary>
internal sealed class BenchIdentities
{
    private readonly CertificateAuthority _root;
    private readonly CertificateAuthority _issuing;

    public BenchIdentities()
    {
        TrustDomain = TrustDomain.Parse("bench.example");
        _root = CertificateAuthority.CreateRoot(TrustDomain, new CertificateAuthorityOptions(), TimeProvider.System);
        _issuing = _root.CreateIssuing();
    }

    public TrustDomain TrustDomain { get; }

    public SpiffeId Id(string serviceAccount) => SpiffeId.ForWorkload(TrustDomain, "default", serviceAccount);

    /// <summary>What a node holds whose workloads have these identities.</summary>
    public TlsIdentitySet CreateSet(params IEnumerable<SpiffeId> ids) => new(
        ids.Select(Issue), new TrustBundleSet([new TrustBundle(TrustDomain, [_root.Certificate])]), TimeProvider.System);

    private X509Svid Issue(SpiffeId id)
    {
        var request = CertificateSigningRequest.Create(id);
        return request.Complete(_issuing.Sign(request.Der.Span, id));
    }
}
