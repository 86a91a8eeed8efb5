using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Operations;

/// <summary>Names as an application asks for them: queries to whatever resolver it has, which the rules hand to the daemon.</summary>
public class DnsTests : IAsyncLifetime
{
    private const string Partner = """
        ---
        apiVersion: nodemesh.io/v1
        kind: ServiceEntry
        metadata: { name: partner }
        spec: { hosts: [partner.example], ports: [{ port: 8080, protocol: tcp }], resolution: dns }

        """;

    private TestMesh _mesh = null!;

    private Machine A => _mesh["a"].Machine;

    public async Task InitializeAsync()
    {
        _mesh = await TestMesh.CreateAsync(ServiceMesh.Resources + Partner, "a", "b");
        var upstream = _mesh["b"].Machine;
        await upstream.StartPeer("dns_server.py", "53", $"{upstream.IPv4}", $"{upstream.IPv4}", $"{upstream.IPv6}").WaitForLineAsync("ready");
        _mesh["a"].MoreSettings = $$"""dns: { upstreams: ["{{upstream.IPv4}}:53"] }""";
        await _mesh.StartAsync();
        await A.OutputOfAsync("nodemesh-iptables", "up", "--daemon-user", "nodemesh", "--redirect-dns");
        await A.WriteFileAsync("/etc/resolv.conf", "nameserver 10.77.0.254\n");
        await LineServer.StartAsync(_mesh["b"]);
    }

    public async Task DisposeAsync() => await _mesh.DisposeAsync();

    [Fact]
    public async Task Service_names_lead_to_virtual_addresses_over_UDP_and_TCP_and_the_rest_is_forwarded()
    {
        foreach (var resolver in new[] { "10.77.0.254", "fd77::fe", "127.0.0.53" })
        {
            Assert.Equal(LineServer.Vip4, await AskAsync(resolver, "server.default.mesh"));
            Assert.Equal(LineServer.Vip4, await AskAsync(resolver, "server.default.mesh", "--tcp"));
            Assert.Equal($"{_mesh["b"].Machine.IPv4}", await AskAsync(resolver, "www.example.org"));
            Assert.Equal($"{_mesh["b"].Machine.IPv4}", await AskAsync(resolver, "www.example.org", "--tcp"));
        }

        Assert.Contains(LineServer.Vip6, await A.OutputOfAsync("getent", "ahostsv6", "server.default.mesh"), StringComparison.Ordinal);
        Assert.NotEqual(0, (await A.RunAsync("getent", "ahosts", "nobody.default.mesh")).ExitCode);
        Assert.StartsWith("server ", await LineServer.CallAsync(A, ServiceMesh.Web, LineServer.Vip4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_of_a_ServiceEntry_leads_past_its_own_virtual_address_to_what_the_upstream_server_says()
    {
        await _mesh["b"].Machine.StartPeer("line_server.py", "partner", "8080").WaitForLineAsync("ready");
        var vip = await AskAsync("10.77.0.254", "partner.example");
        Assert.StartsWith("240.240.", vip, StringComparison.Ordinal);

        Assert.StartsWith("partner port=8080", await LineServer.CallAsync(A, ServiceMesh.Web, vip, 8080), StringComparison.Ordinal);
        await _mesh["a"].WaitForAccessLogAsync(line => line is { Service: "default/partner", Refusal: null }, "the call");
    }

    private async Task<string> AskAsync(string resolver, string name, params string[] more) =>
        (await A.RunAsync(ServiceMesh.Web, "python3", ["/run/peers/dns_client.py", resolver, name, .. more])).Output.TrimEnd('\n');
}
