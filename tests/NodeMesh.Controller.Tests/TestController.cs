using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Controller.Authority;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Options;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Store;
using NodeMesh.Resources.Loading;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Authority;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Xds;
using NodeMesh.Xds.Catalog;
using NodeMesh.Xds.Enrollment;

namespace NodeMesh.Controller.Tests;

/// <summary>The parts of a controller over a real store and a real authority in a temporary directory; may be opened again, as after a restart.</summary>
internal sealed class TestController : IDisposable
{
    public const string Mesh = """
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: {name: mesh}
        spec: {trustDomain: test.example}
        ---
        apiVersion: nodemesh.io/v1
        kind: Node
        metadata: {name: web-1}
        spec: {addresses: [192.0.2.1]}

        """;

    private readonly int _history;
    private readonly string _directory = Directory.CreateTempSubdirectory("nodemesh-controller-").FullName;

    /// <param name="history">How many revisions are kept at the least.</param>
    public TestController(int history = 10_000)
    {
        _history = history;
        Time = new ManualTime();
        Open();
    }

    public static TrustDomain TrustDomain { get; } = TrustDomain.Parse("test.example");

    /// <summary>Who stands among the operators.</summary>
    public static SpiffeId Operator { get; } = SpiffeId.Parse("spiffe://test.example/ns/shop/sa/alice");

    public ManualTime Time { get; }

    public SqliteStore Store { get; private set; } = null!;

    public ResourceCatalog Catalog { get; private set; } = null!;

    public MeshRegistry Registry { get; private set; } = null!;

    public ControllerAuthority Authority { get; private set; } = null!;

    public NodeRegistry Nodes { get; private set; } = null!;

    public string StorePath => Path.Combine(_directory, "mesh.db");

    public string AuthorityPath => Path.Combine(_directory, "ca");

    public static string Workload(string name, string node = "web-1", string labels = "app: web") => $$"""
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: {{name}}, namespace: shop, labels: { {{labels}} } }
        spec: { node: {{node}}, selector: { systemdUnit: {{name}}.service } }

        """;

    public Task<ApplyResult> ApplyAsync(string yaml, Func<ApplyRequest, ApplyRequest>? also = null)
    {
        var request = new ApplyRequest { Author = "alice", Reason = "test", Files = yaml.Length == 0 ? [] : [new ResourceFile("test.yaml", Encoding.UTF8.GetBytes(yaml))] };
        return Registry.ApplyAsync(also?.Invoke(request) ?? request);
    }

    /// <summary>A machine joins by a token.</summary>
    public X509Svid Join(string node)
    {
        Assert.True(JoinTokenText.TryRead(Nodes.CreateToken(node, TimeSpan.FromMinutes(10), "alice"), out var secret, out _));
        var request = CertificateSigningRequest.Create(MeshIds.Node(TrustDomain, node));
        return request.Complete(Nodes.Join(secret, request.Der, "192.0.2.1").Chain);
    }

    /// <summary>Ends it, and begins again with what it kept.</summary>
    public void Restart()
    {
        Authority.Dispose();
        Registry.Dispose();
        Store.Dispose();
        Open();
    }

    public void Dispose()
    {
        Authority.Dispose();
        Registry.Dispose();
        Store.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Open()
    {
        Store = new SqliteStore(StorePath, _history, Time);
        Catalog = new ResourceCatalog(TypeUrls.Resource);
        Authority = new ControllerAuthority(
            new KeptAuthority(AuthorityPath, TrustDomain, Time), new ResourceCatalog(TypeUrls.TrustBundle), Time, NullLogger<ControllerAuthority>.Instance);
        Registry = new MeshRegistry(Store, Catalog, TrustDomain, NullLogger<MeshRegistry>.Instance);
        Nodes = new NodeRegistry(
            Store, Authority, Registry, new Refusals(Store, Time, NullLogger<Refusals>.Instance), new OperatorGrants([new OperatorGrant(Operator, OperatorRole.Viewer)]), Time, NullLogger<NodeRegistry>.Instance);
    }
}
