using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Traffic;

/// <summary>What lies outside the mesh: a machine with line servers on ports 8080 to 8082, and no daemon.</summary>
public class EgressTests : IAsyncLifetime
{
    private static readonly string Services = "---\n" + TestMesh.Caller("web", 2001) + """
        apiVersion: nodemesh.io/v1
        kind: Service
        metadata: { name: database }
        spec:
          endpoints: [{ address: 10.77.0.2, port: 8080 }, { address: "fd77::2", port: 8080 }]
          vips: [240.240.0.30, "fd00:240::30"]
          ports: [{ port: 5432, protocol: tcp }]
        ---
        apiVersion: nodemesh.io/v1
        kind: ServiceEntry
        metadata: { name: partner }
        spec:
          hosts: [partner.example]
          addresses: [10.77.0.2/32, "fd77::2/128"]
          ports: [{ port: 8081, protocol: tcp }]
        """;

    private static readonly CommandOptions Web = CommandOptions.As(2001);
    private static readonly CommandOptions Stranger = CommandOptions.As(2999);

    private TestMesh _mesh = null!;
    private Machine _outside = null!;
    private BackgroundProcess _server = null!;

    private MeshNode A => _mesh["a"];

    public async Task InitializeAsync()
    {
        _mesh = await TestMesh.StartAsync(Config("AllowAny") + Services, "a");
        _outside = await _mesh.Network.AddMachineAsync("outside");
        _server = _outside.StartPeer("line_server.py", "outside", "8080", "8081", "8082");
        await _server.WaitForLineAsync("ready");
    }

    public async Task DisposeAsync() => await _mesh.DisposeAsync();

    [Fact]
    public async Task AllowAny_lets_everything_out_and_RegistryOnly_what_is_registered()
    {
        foreach (var address in new object[] { _outside.IPv4, _outside.IPv6 })
        {
            Assert.Contains("port=8082", await LineServer.CallAsync(A.Machine, Web, address, 8082), StringComparison.Ordinal);
        }

        await using var live = await ConnectAsync();
        await _mesh.ApplyAsync("mesh.yaml", Config("RegistryOnly") + Services);

        foreach (var address in new object[] { _outside.IPv4, _outside.IPv6 })
        {
            Assert.Contains("port=8081", await LineServer.CallAsync(A.Machine, Web, address, 8081), StringComparison.Ordinal);
            Assert.DoesNotContain("outside", await LineServer.CallAsync(A.Machine, Web, address, 8082), StringComparison.Ordinal);
        }

        await A.WaitForAccessLogAsync(line => line is { Refusal: "egress-denied", SourceWorkload: "default/web" }, "egress-denied");
        await A.WaitForAccessLogAsync(line => line is { Refusal: "revoked-by-policy", SourceWorkload: "default/web" }, "the live connection to be cut");
        Assert.Contains("port=8082", await LineServer.CallAsync(A.Machine, Stranger, _outside.IPv4, 8082), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public async Task RegistryOnly_holds_for_those_too_who_close_before_they_can_be_told(int family)
    {
        await _mesh.ApplyAsync("mesh.yaml", Config("RegistryOnly") + Services);
        var before = await A.ScrapeAsync();
        object address = family == 4 ? _outside.IPv4 : _outside.IPv6;

        var sent = await A.Machine.RunAsync(Web with { Timeout = TimeSpan.FromMinutes(2) }, "python3", "/run/peers/hasty_client.py", $"{address}", "8082", "2000");

        Assert.True(int.Parse(sent.Output, System.Globalization.CultureInfo.InvariantCulture) > 1000, $"the client did not get to send: {sent.Output}");
        await Until.TrueAsync(
            async () => (await A.ScrapeAsync()).Sum("nodemesh_tcp_connections_refused_total") >= before.Sum("nodemesh_tcp_connections_refused_total") + 2000,
            "all to be refused");
        var after = await A.ScrapeAsync();
        Assert.True(after.Sum("nodemesh_tcp_connections_refused_total", "refusal=\"unattested\"") > 0, "none was closed in time");
        Assert.Equal(0, after.Sum("nodemesh_tcp_connections_opened_total"));
        Assert.DoesNotContain("port=8082", _server.Output, StringComparison.Ordinal);

        // Less than 50 µs for each, on a machine that does nothing else; a busy one is given more.
        var each = after.Sum("nodemesh_attestation_duration_seconds_sum") / after.Sum("nodemesh_attestation_duration_seconds_count");
        Assert.True(each < 500e-6, $"an attestation takes {each * 1e6:0.0} µs");
    }

    [Theory]
    [InlineData("240.240.0.30")]
    [InlineData("fd00:240::30")]
    public async Task A_service_with_endpoints_outside_is_reached_in_plaintext(string vip)
    {
        Assert.Contains("port=8080", await LineServer.CallAsync(A.Machine, Web, vip, 5432), StringComparison.Ordinal);
        var line = await A.WaitForAccessLogAsync(entry => entry.Service == "default/database", "the call");
        Assert.Null(line.TlsVersion);
        Assert.Contains("port=8080", await LineServer.CallAsync(A.Machine, Stranger, vip, 5432), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuse_holds_back_processes_that_no_workload_claims()
    {
        await _mesh.ApplyAsync("mesh.yaml", Config("AllowAny", "unknownSources: Refuse") + Services);
        Assert.DoesNotContain("outside", await LineServer.CallAsync(A.Machine, Stranger, _outside.IPv4, 8082), StringComparison.Ordinal);
        await A.WaitForAccessLogAsync(line => line.Refusal == "no-identity", "no-identity");
        Assert.Contains("port=8082", await LineServer.CallAsync(A.Machine, Web, _outside.IPv4, 8082), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_nowhere_fails_in_time()
    {
        var result = await A.Machine.RunAsync(
            Web with { Timeout = TimeSpan.FromSeconds(15) }, "python3", "/run/peers/line_client.py", "10.77.0.99", "80", "--once");
        Assert.DoesNotContain("outside", result.Output, StringComparison.Ordinal);
        await A.WaitForAccessLogAsync(line => line.Refusal is "connect-failed" or "timeout", "a failed connect");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public async Task One_source_port_may_be_used_toward_many_destinations_at_once(int family)
    {
        // To the daemon they all go, so conntrack cannot keep the port of each; whose they are must be told all the same.
        object address = family == 4 ? _outside.IPv4 : _outside.IPv6;
        await _mesh.ApplyAsync("mesh.yaml", Config("AllowAny", "unknownSources: Refuse") + Services);
        var clients = new List<BackgroundProcess>();
        foreach (var port in new[] { 8080, 8081, 8082 })
        {
            var client = A.Machine.StartPeer(Web, "line_client.py", $"{address}", $"{port}", "--source-port", "45454");
            Assert.Contains($"port={port}", await client.ReadLineAsync(), StringComparison.Ordinal);
            clients.Add(client);
        }

        foreach (var client in clients)
        {
            await LineServer.AssertLivesAsync(client);
            await client.DisposeAsync();
        }
    }

    private async Task<BackgroundProcess> ConnectAsync()
    {
        var client = A.Machine.StartPeer(Web, "line_client.py", $"{_outside.IPv4}", "8082");
        Assert.StartsWith("outside", await client.ReadLineAsync(), StringComparison.Ordinal);
        return client;
    }

    private static string Config(string egress, string more = "") => $$"""
        apiVersion: nodemesh.io/v1
        kind: MeshConfig
        metadata: { name: mesh }
        spec: { trustDomain: {{TestMesh.TrustDomain}}, egress: { mode: {{egress}} }{{(more.Length > 0 ? ", " + more : "")}} }

        """;
}
