using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Interception;

/// <summary>--redirect-dns, with one name server in the daemon's place (answers 1.1.1.1) and one upstream (answers 2.2.2.2).</summary>
public class DnsRedirectionTests
{
    private const string Daemon = "1.1.1.1\n";
    private const string Upstream = "2.2.2.2\n";

    public static TheoryData<string> BackEndNames => BackEnds.All;

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task Queries_are_redirected_only_when_asked_for(string backEnd)
    {
        await using var net = await StartAsync(backEnd);
        await net.RulesAsync("up");
        Assert.Equal(Upstream, await AskAsync(net, net.B.IPv4));

        await net.RulesAsync("up", "--redirect-dns");
        foreach (var server in new[] { net.B.IPv4, net.B.IPv6 })
        {
            Assert.Equal(Daemon, await AskAsync(net, server));
            Assert.Equal(Daemon, await AskAsync(net, server, "--tcp"));
        }

        // A stub resolver's address, as resolv.conf of many systems has it.
        Assert.Equal(Daemon, await AskAsync(net, "127.0.0.53"));
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task The_daemons_own_queries_go_upstream(string backEnd)
    {
        await using var net = await StartAsync(backEnd);
        await net.RulesAsync("up", "--redirect-dns");

        foreach (var server in new[] { net.B.IPv4, net.B.IPv6 })
        {
            Assert.Equal(Upstream, await AskAsync(net, server, "--mark", InterceptedMachine.Mark));
            Assert.Equal(Upstream, await AskAsync(net, server, "--mark", InterceptedMachine.Mark, "--tcp"));
        }
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task The_daemons_query_is_not_caught_by_what_conntrack_remembers_of_an_applications(string backEnd)
    {
        await using var net = await StartAsync(backEnd);
        await net.RulesAsync("up", "--redirect-dns");

        foreach (var server in new[] { net.B.IPv4, net.B.IPv6 })
        {
            Assert.Equal(Daemon, await AskAsync(net, server, "--source-port", "45454"));
            Assert.Equal(Upstream, await AskAsync(net, server, "--source-port", "45454", "--mark", InterceptedMachine.Mark));
            Assert.Equal(Daemon, await AskAsync(net, server, "--source-port", "45454"));
        }
    }

    [Theory]
    [MemberData(nameof(BackEndNames))]
    public async Task A_resolver_on_the_machine_asks_its_upstream_servers_itself(string backEnd)
    {
        await using var net = await StartAsync(backEnd);
        net.A.AddUser("unbound", 2010);
        net.A.AddUser("myresolver", 2011);

        await net.RulesAsync("up", "--redirect-dns");
        Assert.Equal(Upstream, await AskAsUserAsync(net, 2010));
        Assert.Equal(Daemon, await AskAsUserAsync(net, 2011));

        await net.RulesAsync("up", "--redirect-dns", "--dns-exclude-users", "myresolver");
        Assert.Equal(Daemon, await AskAsUserAsync(net, 2010));
        Assert.Equal(Upstream, await AskAsUserAsync(net, 2011));
    }

    private static async Task<InterceptedMachine> StartAsync(string backEnd)
    {
        var net = await InterceptedMachine.CreateAsync(backEnd);
        await net.A.StartPeer("dns_server.py", "15053", Daemon.TrimEnd(), "127.0.0.1", "::1").WaitForLineAsync("ready");
        await net.B.StartPeer("dns_server.py", "53", Upstream.TrimEnd(), $"{net.B.IPv4}", $"{net.B.IPv6}").WaitForLineAsync("ready");
        return net;
    }

    private static async Task<string> AskAsync(InterceptedMachine net, object server, params string[] more) =>
        (await net.A.RunAsync("python3", ["/run/peers/dns_client.py", $"{server}", "orders.mesh", .. more])).Output;

    private static async Task<string> AskAsUserAsync(InterceptedMachine net, uint uid) =>
        (await net.A.RunAsync(CommandOptions.As(uid), "python3", "/run/peers/dns_client.py", $"{net.B.IPv4}", "orders.mesh")).Output;
}
