using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Identity;

/// <summary>
/// Node a with the caller web, node b with the line server, and the machine "c", which the resources take for a node with the workload
/// "victim", but on which an attacker sits: he has no daemon, and whatever certificate a test gives him.
/// </summary>
public sealed class AttackMesh : IAsyncLifetime
{
    public const string Web = "spiffe://test.example/ns/default/sa/web";
    public const string Victim = "spiffe://test.example/ns/default/sa/victim";
    public const string VictimVip4 = "240.240.0.20";
    public const string VictimVip6 = "fd00:240::20";

    internal static readonly CommandOptions WebUser = CommandOptions.As(2001);

    private static readonly string Resources = TestMesh.Caller("web", 2001) + """
        apiVersion: nodemesh.io/v1
        kind: Node
        metadata: { name: c }
        spec: { addresses: [10.77.0.3, "fd77::3"] }
        ---
        apiVersion: nodemesh.io/v1
        kind: Workload
        metadata: { name: victim, labels: { app: victim } }
        spec:
          node: c
          selector: { uid: 3001 }
          ports: [{ name: lines, port: 7007, protocol: tcp }]
        ---
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: victim }
        spec:
          selector: { app: victim }
          vips: [240.240.0.20, "fd00:240::20"]
          ports: [{ port: 7007, protocol: tcp }]
        ---

        """;

    private readonly TestAuthority _otherDomain = new("other.example");
    private readonly TestAuthority _ownAuthority = new(TestMesh.TrustDomain);
    private CertificateForge _forge = null!;

    internal TestMesh Mesh { get; private set; } = null!;

    internal MeshNode A => Mesh["a"];

    internal MeshNode B => Mesh["b"];

    internal Machine Attacker { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Mesh = await TestMesh.CreateAsync(Resources + LineServer.Resources, "a", "b");
        foreach (var node in Mesh.Nodes)
        {
            node.MoreSettings = "timeouts: { handshake: 2s }";
        }

        await Mesh.StartAsync();
        Attacker = await Mesh.Network.AddMachineAsync("c");
        await LineServer.StartAsync(B);
        _forge = new CertificateForge(Mesh.Authority);
    }

    public async Task DisposeAsync()
    {
        _forge.Dispose();
        _otherDomain.Dispose();
        _ownAuthority.Dispose();
        await Mesh.DisposeAsync();
    }

    /// <summary>A certificate with one thing wrong, for somebody who wants to pass as <paramref name="id"/>.</summary>
    internal SslStreamCertificateContext Forge(FalseIdentity kind, string id)
    {
        var hour = TimeSpan.FromHours(1);
        return kind switch
        {
            FalseIdentity.Expired => Context(_forge, _forge.Make([id], from: -hour, until: TimeSpan.FromSeconds(-2))),
            FalseIdentity.NotYetValid => Context(_forge, _forge.Make([id], from: hour, until: 2 * hour)),
            FalseIdentity.TwoNames => Context(_forge, _forge.Make([id, "spiffe://test.example/ns/default/sa/other"])),
            FalseIdentity.NoName => Context(_forge, _forge.Make([])),
            FalseIdentity.OtherTrustDomain => Foreign(_otherDomain, id.Replace(TestMesh.TrustDomain, "other.example", StringComparison.Ordinal)),
            FalseIdentity.OwnAuthority => Foreign(_ownAuthority, id),
            FalseIdentity.OtherDomainsNameUnderOurAuthority =>
                Context(_forge, _forge.Make([id.Replace(TestMesh.TrustDomain, "other.example", StringComparison.Ordinal)])),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    /// <summary>A certificate with nothing wrong: stolen, as it were.</summary>
    internal SslStreamCertificateContext Genuine(string id) => Context(_forge, _forge.Make([id]));

    /// <summary>The same as files, for peers that are programs: PATH.crt and PATH.key on the attacker's machine.</summary>
    internal async Task WriteGenuineAsync(string id, string path)
    {
        using var leaf = _forge.Make([id]);
        await Attacker.WriteFileAsync(path + ".crt", leaf.ExportCertificatePem() + "\n" + _forge.Issuing.ExportCertificatePem() + "\n");
        await Attacker.WriteFileAsync(path + ".key", leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
        await Attacker.WriteFileAsync("/run/tmp/root.crt", await File.ReadAllTextAsync(Mesh.Authority.RootFile));
    }

    private static SslStreamCertificateContext Foreign(TestAuthority authority, string id)
    {
        using var forge = new CertificateForge(authority);
        var context = forge.Make([id]);
        return SslStreamCertificateContext.Create(context, [X509CertificateLoader.LoadCertificate(forge.Issuing.RawData)], offline: true);
    }

    private static SslStreamCertificateContext Context(CertificateForge forge, X509Certificate2 leaf) =>
        SslStreamCertificateContext.Create(leaf, [forge.Issuing], offline: true);
}
