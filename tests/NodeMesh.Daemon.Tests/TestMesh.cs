using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Daemon.Tests;

/// <summary>A small mesh on disk: one node, one workload, one service, and an authority for its certificates.</summary>
internal sealed class TestMesh : IDisposable
{
    public const string Resources = """
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: {name: mesh}
        spec: {trustDomain: example.org}
        ---
        apiVersion: nodemesh.io/v1
        kind: Node
        metadata: {name: web-1}
        spec: {addresses: [192.0.2.1]}
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: {name: cart-1, namespace: shop, labels: {app: cart}}
        spec: {node: web-1, selector: {uid: 12345}, serviceAccount: cart, ports: [{name: http, port: 8080, protocol: http}]}
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: {name: cart, namespace: shop}
        spec: {selector: {app: cart}, ports: [{port: 80, targetPort: http}]}
        """;

    public const string SecondService = """
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: {name: basket, namespace: shop}
        spec: {selector: {app: cart}, ports: [{port: 81, targetPort: http}]}
        """;

    public const string WrongService = """
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: {name: wrong, namespace: shop}
        spec: {selector: {app: cart}, ports: [{port: 70000}]}
        """;

    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");

    private readonly CertificateAuthority _authority = CertificateAuthority.CreateRoot(Domain, CertificateAuthorityOptions.Default, TimeProvider.System);

    public TestMesh()
    {
        Directory.Make("resources");
        Directory.Make("identities");
        Directory.Make("bundles");
        Directory.Replace("resources/mesh.yaml", Resources);
    }

    public TemporaryDirectory Directory { get; } = new();

    public string ResourcesPath => Directory.File("resources");

    public string IdentitiesPath => Directory.File("identities");

    public string BundlesPath => Directory.File("bundles");

    public static SpiffeId Cart { get; } = SpiffeId.ForWorkload(Domain, "shop", "cart");

    /// <summary>Issues a certificate for the workload and writes it with the bundle, as a renewing agent would.</summary>
    public X509Svid Issue(TimeSpan? lifetime = null)
    {
        File.WriteAllBytes(Path.Combine(BundlesPath, "example.org.json"), new TrustBundle(Domain, [_authority.Certificate]).ToJson());
        var request = CertificateSigningRequest.Create(Cart);
        var svid = request.Complete(_authority.Sign(request.Der.Span, Cart, lifetime));
        svid.Save(Path.Combine(IdentitiesPath, "cart.crt"), Path.Combine(IdentitiesPath, "cart.key"));
        return svid;
    }

    public void Dispose() => Directory.Dispose();
}
