using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Operations;

/// <summary>Names as an application asks for them: queries to whatever resolver it has, which the rules hand to the daemon.</summary>
public class DnsTests : IAsyncLifetime
{
    private TestMesh _mesh = null!;

    private Machine A => _mesh["a"].Machine;

    public async Task InitializeAsync()
    {
        _mesh = await TestMesh.CreateAsync(ServiceMesh.Resources, "a", "b");
        var upstream = _mesh["b"].Machine;
        await upstream.StartPeer("dns_server.py", "53", "2.2.2.2", $"{upstream.IPv4}", $"{upstream.IPv6}").WaitForLineAsync("ready");
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
            Assert.Equal("2.2.2.2", await AskAsync(resolver, "www.example.org"));
            Assert.Equal("2.2.2.2", await AskAsync(resolver, "www.example.org", "--tcp"));
        }

        Assert.Contains(LineServer.Vip6, await A.OutputOfAsync("getent", "ahostsv6", "server.default.mesh"), StringComparison.Ordinal);
        Assert.NotEqual(0, (await A.RunAsync("getent", "ahosts", "nobody.default.mesh")).ExitCode);
        Assert.StartsWith("server ", await LineServer.CallAsync(A, ServiceMesh.Web, LineServer.Vip4), StringComparison.Ordinal);
    }

    private async Task<string> AskAsync(string resolver, string name, params string[] more) =>
        (await A.RunAsync(ServiceMesh.Web, "python3", ["/run/peers/dns_client.py", resolver, name, .. more])).Output.TrimEnd('\n');
}
