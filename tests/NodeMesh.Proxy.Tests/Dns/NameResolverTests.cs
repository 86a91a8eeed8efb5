using System.Net;
using NodeMesh.Proxy.Dns;

namespace NodeMesh.Proxy.Tests.Dns;

public sealed class NameResolverTests
{
    private readonly ManualTime _time = new();
    private int _asked;

    [Fact]
    public async Task Both_families_are_asked_of_a_real_server()
    {
        using var server = await Dnsmasq.StartAsync();
        var answer = await Resolver(server.Endpoint, TimeProvider.System).ResolveAsync("example.test", default);
        Assert.Equal([IPAddress.Parse("192.0.2.80"), IPAddress.Parse("2001:db8::80")], answer.Addresses);
        var none = await Resolver(server.Endpoint, TimeProvider.System).ResolveAsync("nobody.test", default);
        Assert.Empty(none.Addresses);
        Assert.Contains("NameError", none.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_holds_as_long_as_it_says_and_one_lookup_serves_all_who_ask()
    {
        await using var server = new TestUpstream(Answer);
        var resolver = Resolver(server.Endpoint, _time);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => resolver.ResolveAsync("www.example.org", default)));
        Assert.All(answers, answer => Assert.Equal([IPAddress.Parse("192.0.2.1")], answer.Addresses));
        Assert.Equal(2, _asked);

        _time.Advance(TimeSpan.FromSeconds(59));
        await resolver.ResolveAsync("WWW.example.org", default);
        Assert.Equal(2, _asked);
        _time.Advance(TimeSpan.FromSeconds(2));
        await resolver.ResolveAsync("www.example.org", default);
        Assert.Equal(4, _asked);
    }

    [Fact]
    public async Task Aliases_are_followed_and_other_names_records_are_not_believed()
    {
        await using var server = new TestUpstream(query => [Alias(query)]);
        var answer = await Resolver(server.Endpoint, _time).ResolveAsync("www.example.org", default);
        Assert.Equal([IPAddress.Parse("192.0.2.7")], answer.Addresses);
    }

    [Fact]
    public async Task A_failure_is_told_and_forgotten_soon()
    {
        await using var server = new TestUpstream(query => _asked++ < 4 ? [DnsWire.Answer(query, 0x8183)] : Answer(query));
        var resolver = Resolver(server.Endpoint, _time);
        Assert.Contains("NameError", (await resolver.ResolveAsync("www.example.org", default)).Failure, StringComparison.Ordinal);
        _asked = 4;
        Assert.NotNull((await resolver.ResolveAsync("www.example.org", default)).Failure);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Null((await resolver.ResolveAsync("www.example.org", default)).Failure);
    }

    [Fact]
    public async Task The_hosts_file_comes_first_and_localhost_asks_nobody()
    {
        var hosts = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(hosts, "# 192.0.2.1 www.example.org\n192.0.2.9\tother WWW.example.org # not www2\n2001:db8::9 www.example.org\n");
            var resolver = new NameResolver(new DnsOptions { Upstreams = [], Hosts = hosts }, _time);
            Assert.Equal([IPAddress.Parse("192.0.2.9"), IPAddress.Parse("2001:db8::9")], (await resolver.ResolveAsync("www.example.org", default)).Addresses);
            Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], (await resolver.ResolveAsync("localhost", default)).Addresses);
            Assert.Contains("no upstream", (await resolver.ResolveAsync("www2", default)).Failure, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(hosts);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("ä.example")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.example")]
    public async Task What_is_no_name_is_asked_of_nobody(string name)
    {
        await using var server = new TestUpstream(Answer);
        Assert.NotNull((await Resolver(server.Endpoint, _time).ResolveAsync(name, default)).Failure);
        Assert.Equal(0, _asked);
    }

    private static NameResolver Resolver(IPEndPoint server, TimeProvider time) => new(new DnsOptions { Upstreams = [server], Hosts = "/dev/null" }, time);

    private IEnumerable<byte[]> Answer(byte[] query)
    {
        Interlocked.Increment(ref _asked);
        return [DnsWire.Answer(query)];
    }

    /// <summary>The address before its alias, and one of a stranger.</summary>
    private static byte[] Alias(byte[] query)
    {
        byte[] target = DnsWire.Name("real.example.org");
        byte[] answer =
        [
            .. query,
            .. DnsWire.Name("evil.example.org"), 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 66,
            .. target, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7,
            0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, (byte)target.Length, .. target,
        ];
        answer[2] = 0x81;
        answer[3] = 0x80;
        answer[7] = 3;
        return answer;
    }
}
