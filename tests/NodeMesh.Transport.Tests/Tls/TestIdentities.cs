using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>Leaves and roots as our contexts take them; the leaves need not be SVIDs.</summary>
internal static class TestIdentities
{
    public static SpiffeId Id(string path, string trustDomain = "mesh.test") => SpiffeId.Parse($"spiffe://{trustDomain}{path}");

    public static TrustBundleSet Bundles(params TestAuthority[] authorities) =>
        new(authorities.Select(a => new TrustBundle(TrustDomain.Parse(a.TrustDomain), [a.Root.RawData])));

    public static TlsIdentitySet Set(TimeProvider time, TrustBundleSet bundles, params (SpiffeId Id, TestLeaf Leaf)[] leaves) => new(
        [.. leaves.Select(l => new TlsCredential(l.Id, [l.Leaf.Certificate, .. l.Leaf.Issuers.Select(i => (ReadOnlyMemory<byte>)i)], l.Leaf.Pkcs8))],
        bundles,
        time);

    /// <summary>One authority, one set with a fresh leaf for each path.</summary>
    public static TlsIdentitySet Set(TimeProvider time, TestAuthority authority, params string[] paths) =>
        Set(time, Bundles(authority), [.. paths.Select(p => (Id(p, authority.TrustDomain), authority.Issue(p)))]);
}
