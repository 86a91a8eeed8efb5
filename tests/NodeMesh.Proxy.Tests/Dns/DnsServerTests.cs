using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Proxy.Dns;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Tests.Dns;

public sealed class DnsServerTests
{
    private static MeshMetrics Metrics => new(new MetricRegistry(1, TimeProvider.System));

    private static readonly DnsTable Mesh = new(
        "mesh.internal",
        [
            ("orders.shop.mesh.internal", [IPAddress.Parse("240.0.0.1"), IPAddress.Parse("fd00::1")]),
            ("four.mesh.internal", [IPAddress.Parse("240.0.0.2")]),
            ("many.mesh.internal", [.. Enumerable.Range(1, 100).Select(i => new IPAddress([240, 0, 1, (byte)i]))]),
            ("api.example.com", [IPAddress.Parse("240.0.0.3")]),
        ],
        TimeSpan.FromSeconds(7));

    [Theory]
    [InlineData("127.0.0.1", "")]
    [InlineData("127.0.0.1", " +tcp")]
    [InlineData("127.0.0.1", " +noedns")]
    [InlineData("::1", "")]
    [InlineData("::1", " +tcp")]
    public async Task Services_are_found_by_name(string listen, string how)
    {
        await using var server = Start(new DnsOptions { Listen = [new(IPAddress.Parse(listen), 0)], Upstreams = [] });
        var at = server.Endpoints[0];

        Assert.Equal(["240.0.0.1"], await Dig.ShortAsync(at, "orders.shop.mesh.internal A" + how));
        Assert.Equal(["fd00::1"], await Dig.ShortAsync(at, "orders.shop.mesh.internal AAAA" + how));
        Assert.Equal(["240.0.0.3"], await Dig.ShortAsync(at, "api.example.com A" + how));
        Assert.Equal(["orders.shop.mesh.internal."], await Dig.ShortAsync(at, "-x 240.0.0.1" + how));
        Assert.Equal(["orders.shop.mesh.internal."], await Dig.ShortAsync(at, "-x fd00::1" + how));
        Assert.Equal(5, server.Metrics.Count(DnsOutcome.Answered));
        Assert.Equal(5, server.Metrics.Count(how is " +tcp" ? DnsTransport.Tcp : DnsTransport.Udp, DnsOutcome.Answered));
    }

    [Fact]
    public async Task The_header_says_authoritative_and_the_case_of_the_question_comes_back()
    {
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [] });

        var answer = await Dig.AskAsync(server.Endpoints[0], "OrDeRs.shop.MESH.internal A");

        Assert.Contains("status: NOERROR", answer, StringComparison.Ordinal);
        Assert.Contains(";; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1", answer, StringComparison.Ordinal);
        Assert.Contains(";OrDeRs.shop.MESH.internal.\tIN\tA", answer, StringComparison.Ordinal);
        Assert.Contains("7\tIN\tA\t240.0.0.1", answer, StringComparison.Ordinal);
        Assert.Contains("EDNS: version: 0, flags:; udp: 1232", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING: recursion", await Dig.AskAsync(server.Endpoints[0], "four.mesh.internal A +norecurse"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("four.mesh.internal AAAA", "NOERROR")]
    [InlineData("four.mesh.internal MX", "NOERROR")]
    [InlineData("shop.mesh.internal A", "NOERROR")]
    [InlineData("mesh.internal A", "NOERROR")]
    [InlineData("api.example.com AAAA", "NOERROR")]
    [InlineData("no.mesh.internal A", "NXDOMAIN")]
    [InlineData("a.b.c.mesh.internal AAAA", "NXDOMAIN")]
    public async Task No_such_data_and_no_such_name_are_told_apart(string question, string status)
    {
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [] });

        var answer = await Dig.AskAsync(server.Endpoints[0], question);

        Assert.Contains($"status: {status}", answer, StringComparison.Ordinal);
        Assert.Contains("ANSWER: 0, AUTHORITY: 1,", answer, StringComparison.Ordinal);
        Assert.Contains("7\tIN\tSOA\t", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", answer.Replace("WARNING: recursion requested but not available", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("orders.shop.mesh.internal A +edns=1 +noednsnegotiation", "BADVERS")]
    [InlineData("orders.shop.mesh.internal AXFR +tcp +comments", "failed")]
    [InlineData("orders.shop.mesh.internal A -c CH", "REFUSED")]
    [InlineData("orders.shop.mesh.internal A +opcode=4", "NOTIMP")]
    [InlineData("elsewhere.test A", "REFUSED")]
    public async Task What_is_not_served_is_refused_by_its_right_code(string question, string status)
    {
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [] });

        Assert.Contains(status, await Dig.AskAsync(server.Endpoints[0], question), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_fit_a_datagram_is_cut_and_comes_whole_over_TCP()
    {
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [] });

        var cut = await Dig.AskAsync(server.Endpoints[0], "many.mesh.internal A +ignore +noedns");
        Assert.Contains("flags: qr aa tc rd", cut, StringComparison.Ordinal);
        Assert.Contains("ANSWER: 0", cut, StringComparison.Ordinal);
        Assert.Contains("flags: qr aa tc rd", await Dig.AskAsync(server.Endpoints[0], "many.mesh.internal A +ignore +bufsize=4096"), StringComparison.Ordinal);
        Assert.Equal(100, (await Dig.ShortAsync(server.Endpoints[0], "many.mesh.internal A")).Length);
    }

    [Fact]
    public async Task Everything_else_is_asked_of_a_real_upstream_server()
    {
        using var upstream = await Dnsmasq.StartAsync();
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [upstream.Endpoint] });
        var at = server.Endpoints[0];

        Assert.Equal(["192.0.2.80"], await Dig.ShortAsync(at, "example.test A"));
        Assert.Equal(["2001:db8::80"], await Dig.ShortAsync(at, "example.test AAAA +tcp"));
        Assert.Contains("status: NXDOMAIN", await Dig.AskAsync(at, "none.test A"), StringComparison.Ordinal);
        var mixed = await Dig.AskAsync(at, "ExAmPlE.test A");
        Assert.Contains(";ExAmPlE.test.", mixed, StringComparison.Ordinal);
        Assert.Contains(" ra;", mixed, StringComparison.Ordinal);
        Assert.Equal(4, server.Metrics.Count(DnsOutcome.Forwarded));

        // 2 kB: truncated upstream, fetched over TCP, truncated towards the client, who comes again over TCP.
        Assert.Contains("flags: qr", await Dig.AskAsync(at, "big.test TXT +ignore +noedns"), StringComparison.Ordinal);
        Assert.Contains(" tc ", await Dig.AskAsync(at, "big.test TXT +ignore +noedns"), StringComparison.Ordinal);
        Assert.Contains(new string('j', 200), Assert.Single(await Dig.ShortAsync(at, "big.test TXT +noedns")), StringComparison.Ordinal);
        Assert.Contains(new string('j', 200), Assert.Single(await Dig.ShortAsync(at, "big.test TXT")), StringComparison.Ordinal);
        Assert.Equal(["240.0.0.1"], await Dig.ShortAsync(at, "orders.shop.mesh.internal A"));
        Assert.Equal(0, server.Metrics.Count(DnsOutcome.Failed));
    }

    [Fact]
    public async Task Forged_answers_are_read_over_and_the_true_one_is_taken()
    {
        await using var upstream = new TestUpstream(query =>
        {
            var otherId = DnsWire.Answer(query, lastOctet: 66);
            otherId[0] ^= 1;
            var otherName = DnsWire.Answer(query, lastOctet: 67);
            otherName[13] ^= 1;
            return [otherId, otherName, [], [1, 2, 3], DnsWire.Answer(query)[..^1], query, DnsWire.Answer(query, lastOctet: 1)];
        });
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [upstream.Endpoint] });

        Assert.Equal(["192.0.2.1"], await Dig.ShortAsync(server.Endpoints[0], "example.test A +noedns"));
    }

    [Fact]
    public async Task A_silent_and_an_unwilling_server_are_passed_over_and_the_good_one_remembered()
    {
        await using var silent = new TestUpstream(_ => []);
        await using var unwilling = new TestUpstream(query => [DnsWire.Answer(query, flags: 0x8182)]);
        await using var good = new TestUpstream(query => [DnsWire.Answer(query)]);
        await using var server = Start(new DnsOptions
        {
            Listen = Loopback,
            Upstreams = [silent.Endpoint, unwilling.Endpoint, good.Endpoint],
            AttemptTimeout = TimeSpan.FromMilliseconds(300),
        });

        Assert.Equal(["192.0.2.1"], await Dig.ShortAsync(server.Endpoints[0], "example.test A +noedns"));
        Assert.Equal(["192.0.2.1"], await Dig.ShortAsync(server.Endpoints[0], "example.test A +noedns"));

        await silent.NextClientAsync();
        await unwilling.NextClientAsync();
        var first = await good.NextClientAsync();
        var second = await good.NextClientAsync();
        Assert.NotEqual(first.Port, second.Port);
        Assert.Equal(2, server.Metrics.Count(DnsOutcome.Forwarded));
    }

    [Fact]
    public async Task When_no_server_answers_the_client_hears_SERVFAIL()
    {
        await using var silent = new TestUpstream(_ => []);
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [silent.Endpoint], AttemptTimeout = TimeSpan.FromMilliseconds(100) });

        Assert.Contains("status: SERVFAIL", await Dig.AskAsync(server.Endpoints[0], "example.test A"), StringComparison.Ordinal);
        Assert.Contains("status: SERVFAIL", await Dig.AskAsync(server.Endpoints[0], "example.test A +tcp"), StringComparison.Ordinal);
        Assert.Equal(2, server.Metrics.Count(DnsOutcome.Failed));
    }

    [Fact]
    public async Task Queries_beyond_the_bound_are_refused_at_once_and_local_names_still_answered()
    {
        await using var silent = new TestUpstream(_ => []);
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [silent.Endpoint], MaxForwards = 1, AttemptTimeout = TimeSpan.FromSeconds(60) });
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.SendToAsync(DnsWire.Query("slow.test", 1), server.Endpoints[0]);
        await silent.NextClientAsync();

        Assert.Contains("status: SERVFAIL", await Dig.AskAsync(server.Endpoints[0], "example.test A"), StringComparison.Ordinal);
        Assert.Equal(["240.0.0.2"], await Dig.ShortAsync(server.Endpoints[0], "four.mesh.internal A"));
        Assert.Equal(1, server.Metrics.Count(DnsOutcome.Refused));
    }

    [Fact]
    public async Task Upstream_sockets_carry_the_mark()
    {
        await using var silent = new TestUpstream(_ => []);
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [silent.Endpoint], Mark = 0x539, AttemptTimeout = TimeSpan.FromSeconds(60) });
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.SendToAsync(DnsWire.Query("slow.test", 1), server.Endpoints[0]);
        var asking = await silent.NextClientAsync();

        using var ss = Process.Start(
            new ProcessStartInfo("ss", ["-Huane", $"sport = :{asking.Port.ToString(CultureInfo.InvariantCulture)}"])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            })!;

        Assert.Contains("fwmark:0x539", await ss.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_swapped_table_is_used_from_the_next_query_on()
    {
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [] });
        Assert.Empty(await Dig.ShortAsync(server.Endpoints[0], "new.mesh.internal A"));

        server.Table = new DnsTable("mesh.internal", [("new.mesh.internal", [IPAddress.Parse("240.0.0.9")])], TimeSpan.FromSeconds(1));

        Assert.Equal(["240.0.0.9"], await Dig.ShortAsync(server.Endpoints[0], "new.mesh.internal A"));
    }

    [Fact]
    public async Task Garbage_is_survived_over_UDP_and_TCP()
    {
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [] });
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var random = new Random(11);
        for (var i = 0; i < 500; i++)
        {
            var bytes = new byte[random.Next(100)];
            random.NextBytes(bytes);
            await client.SendToAsync(bytes, server.Endpoints[0]);
        }

        using var stream = new TcpClient();
        await stream.ConnectAsync(server.Endpoints[0]);
        await stream.GetStream().WriteAsync(new byte[] { 0, 5, 1, 2, 3, 4, 5 });
        Assert.Equal(0, await stream.GetStream().ReadAsync(new byte[1]));

        Assert.Equal(["240.0.0.2"], await Dig.ShortAsync(server.Endpoints[0], "four.mesh.internal A"));
        Assert.Equal(["240.0.0.2"], await Dig.ShortAsync(server.Endpoints[0], "four.mesh.internal A +tcp"));
        Assert.True(server.Metrics.Count(DnsOutcome.Malformed) > 0);
    }

    [Fact]
    public async Task A_silent_TCP_client_is_let_go()
    {
        await using var server = Start(new DnsOptions { Listen = Loopback, Upstreams = [], TcpIdleTimeout = TimeSpan.FromMilliseconds(200), MaxTcpConnections = 1 });
        using var silent = new TcpClient();
        await silent.ConnectAsync(server.Endpoints[0]);

        Assert.Equal(["240.0.0.2"], await Dig.ShortAsync(server.Endpoints[0], "four.mesh.internal A +tcp"));
        Assert.Equal(0, await silent.GetStream().ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task An_address_that_cannot_be_listened_on_is_said()
    {
        await using var first = Start(new DnsOptions { Listen = Loopback, Upstreams = [] });
        await using var second = new DnsServer(new DnsOptions { Listen = first.Endpoints }, Metrics, TimeProvider.System, NullLogger<DnsServer>.Instance);
        await using var wildcard = new DnsServer(new DnsOptions { Listen = [new(IPAddress.Any, 0)] }, Metrics, TimeProvider.System, NullLogger<DnsServer>.Instance);

        Assert.Equal($"DNS cannot listen on {first.Endpoints[0]}: Address already in use", Assert.Throws<IOException>(() => second.Start()).Message);
        Assert.StartsWith("DNS cannot listen on 0.0.0.0:0: name the addresses one by one", Assert.Throws<ArgumentException>(() => wildcard.Start()).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<IPEndPoint> Loopback => [new(IPAddress.Loopback, 0)];

    private static DnsServer Start(DnsOptions options)
    {
        var server = new DnsServer(options, Metrics, TimeProvider.System, NullLogger<DnsServer>.Instance) { Table = Mesh };
        server.Start();
        return server;
    }
}
