using System.Net;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Policy;

/// <summary>PeerAuthentication, against a machine outside the mesh that knows the application's address and port.</summary>
public class PlaintextTests(PolicyMesh mesh) : IClassFixture<PolicyMesh>
{
    [Fact]
    public async Task Plaintext_from_outside_is_refused_unless_somebody_said_otherwise()
    {
        await mesh.SetAsync("");
        foreach (var address in Addresses)
        {
            await AssertRefusedAsync(address, "plaintext-refused");
        }

        await AssertMeshWorksAsync();
    }

    [Fact]
    public async Task PERMISSIVE_takes_both()
    {
        await mesh.SetAsync(Mode("PERMISSIVE"));
        foreach (var address in Addresses)
        {
            Assert.StartsWith("server ", await FromOutsideAsync(address), StringComparison.Ordinal);
            var line = await mesh.B.WaitForAccessLogAsync(
                entry => entry is { Direction: "inbound-plaintext", Refusal: null } && entry.DestinationAddress == new IPEndPoint(address, LineServer.Port).ToString(),
                $"plaintext to {address}");
            Assert.Null(line.SourcePrincipal);
        }

        await AssertMeshWorksAsync();
    }

    [Fact]
    public async Task DISABLE_takes_plaintext_and_has_the_mesh_send_it()
    {
        await mesh.SetAsync(Mode("DISABLE"));
        foreach (var address in Addresses)
        {
            Assert.StartsWith("server ", await FromOutsideAsync(address), StringComparison.Ordinal);
        }

        var lines = mesh.B.ReadAccessLog().Count;
        Assert.StartsWith("server ", await LineServer.CallAsync(mesh.A.Machine, PolicyMesh.Web, LineServer.Vip4), StringComparison.Ordinal);
        await Until.TrueAsync(
            () => mesh.B.ReadAccessLog().Skip(lines).Any(line => line is { Direction: "inbound-plaintext", TlsVersion: null, SourcePrincipal: null, Refusal: null }),
            "the mesh call in the log, in plaintext");
    }

    [Fact]
    public async Task Plaintext_that_is_taken_is_judged_by_policy_without_an_identity()
    {
        await mesh.SetAsync(Mode("PERMISSIVE") + PolicyMesh.Policy("only-web", "{ action: ALLOW, rules: [{ from: [{ source: { serviceAccounts: [web] } }] }] }"));
        await AssertRefusedAsync(mesh.B.Machine.IPv4, "denied-by-policy");
        await AssertMeshWorksAsync();

        await mesh.SetAsync(Mode("PERMISSIVE") + PolicyMesh.Policy("outsider", $$"""{ action: ALLOW, rules: [{ from: [{ source: { ipBlocks: [{{mesh.Outsider.IPv4}}/32] } }] }] }"""));
        Assert.StartsWith("server ", await FromOutsideAsync(mesh.B.Machine.IPv4), StringComparison.Ordinal);
        await AssertRefusedAsync(mesh.B.Machine.IPv6, "denied-by-policy");
    }

    [Fact]
    public async Task Becoming_strict_again_cuts_plaintext_and_leaves_mesh_connections()
    {
        await mesh.SetAsync(Mode("PERMISSIVE"));
        await using var outsider = await LineServer.ConnectAsync(mesh.Outsider, new CommandOptions(), mesh.B.Machine.IPv4);
        await using var web = await LineServer.ConnectAsync(mesh.A.Machine, PolicyMesh.Web, LineServer.Vip4);
        await LineServer.AssertLivesAsync(outsider);
        var lines = mesh.B.ReadAccessLog().Count;

        await mesh.SetAsync(Mode("STRICT"));

        var cut = await mesh.B.WaitForRefusalAsync("revoked-by-policy", lines);
        Assert.Equal("inbound-plaintext", cut.Direction);
        await LineServer.AssertLivesAsync(web);
        await AssertRefusedAsync(mesh.B.Machine.IPv4, "plaintext-refused");
    }

    [Fact]
    public async Task Ports_that_are_lost_with_the_rules_are_captured_again_by_the_daemon()
    {
        await mesh.SetAsync("");
        await mesh.B.Machine.OutputOfAsync("nodemesh-iptables", "down");
        await mesh.B.Machine.OutputOfAsync("nodemesh-iptables", "up", "--daemon-user", "nodemesh");

        // Nobody asks it to.
        await Until.TrueAsync(
            async () => (await mesh.B.Machine.OutputOfAsync("nodemesh-iptables", "ports", "list")).Trim() == $"{LineServer.Port}",
            "the daemon to capture its ports again",
            TimeSpan.FromMinutes(1));
        foreach (var address in Addresses)
        {
            await AssertRefusedAsync(address, "plaintext-refused");
        }
    }

    [Fact]
    public async Task A_reload_looks_at_the_captured_ports_at_once()
    {
        await mesh.SetAsync("");
        await mesh.B.Machine.OutputOfAsync("nodemesh-iptables", "ports", "set", "");

        await mesh.B.ReloadAsync();

        await Until.TrueAsync(
            async () => (await mesh.B.Machine.OutputOfAsync("nodemesh-iptables", "ports", "list")).Trim() == $"{LineServer.Port}",
            "the daemon to capture its ports again",
            TimeSpan.FromSeconds(10));
        await AssertMeshWorksAsync();
    }

    private IPAddress[] Addresses => [mesh.B.Machine.IPv4, mesh.B.Machine.IPv6];

    private static string Mode(string mode) => $$"""
        ---
        apiVersion: nodemesh.io/v1
        kind: PeerAuthentication
        metadata: { name: server }
        spec: { selector: { matchLabels: { app: server } }, mtls: { mode: {{mode}} } }

        """;

    private Task<string> FromOutsideAsync(IPAddress address) => LineServer.CallAsync(mesh.Outsider, new CommandOptions(), address);

    private async Task AssertRefusedAsync(IPAddress address, string refusal)
    {
        var lines = mesh.B.ReadAccessLog().Count;
        Assert.DoesNotContain("server", await FromOutsideAsync(address), StringComparison.Ordinal);
        var line = await mesh.B.WaitForRefusalAsync(refusal, lines);
        Assert.Equal("inbound-plaintext", line.Direction);
    }

    private async Task AssertMeshWorksAsync()
    {
        var lines = mesh.B.ReadAccessLog().Count;
        Assert.StartsWith("server ", await LineServer.CallAsync(mesh.A.Machine, PolicyMesh.Web, LineServer.Vip4), StringComparison.Ordinal);
        await Until.TrueAsync(
            () => mesh.B.ReadAccessLog().Skip(lines).Any(line => line is { TlsVersion: "TLSv1.3", SourcePrincipal: "spiffe://test.example/ns/default/sa/web", Refusal: null }),
            "the mesh call in the log");
    }
}
