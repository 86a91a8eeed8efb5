using System.Net;
using Microsoft.AspNetCore.Http;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Configuration;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>HTTP/2 clients that go beyond what is allowed: what they are told, and what operators see of it.</summary>
public sealed class Http2LimitTests
{
    private static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Headers_above_the_limits_are_answered_with_431_and_the_connection_goes_on()
    {
        await using var pair = await HttpPair.StartAsync(AppProtocol.Http, context => context.Response.WriteAsync("tea"), HttpVersion.Version20);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = HttpVersion.Version20, Content = new StringContent("body") };
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        for (var i = 0; i < 150; i++)
        {
            request.Headers.Add($"x-{i}", "value");
        }

        using var refused = await pair.Client.SendAsync(request);
        Assert.Equal(431, (int)refused.StatusCode);
        Assert.Equal(RefusalCodes.Name(RefusalCode.HeadersTooLarge), refused.Headers.GetValues("nodemesh-refused").Single());
        Assert.Equal("tea", await pair.Client.GetStringAsync("/"));
        Assert.Equal(1, pair.Mesh.Caller.Metric("nodemesh_http_stream_errors_total", "reason=\"header_list_too_large\""));
        Assert.Equal(1, pair.Mesh.Caller.Metric("nodemesh_requests_refused_total", "refusal=\"headers-too-large\""));
        Assert.Equal(1, pair.Mesh.Caller.Metric("nodemesh_tcp_connections_opened_total"));
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_malformed_request_costs_its_stream_alone_and_is_counted()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await Http2Frame.DialAsync(pair);

        // No :path.
        await Http2Frame.SendAsync(client, Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndStream | Http2Frame.EndHeaders, 1, 0x82, 0x86));
        Assert.Equal(1, (await Http2Frame.ReceiveAsync(client, Http2Frame.Reset, Http2Frame.GoAway)).Stream);
        Assert.Equal(1, pair.Mesh.Caller.Metric("nodemesh_http_stream_errors_total", "reason=\"protocol\""));

        await Http2Frame.SendAsync(client, Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndStream | Http2Frame.EndHeaders, 3, Http2Frame.Get));
        using var server = await pair.AcceptAsync();
        Assert.StartsWith("GET / ", await server.ReceiveHeadAsync(), StringComparison.Ordinal);
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_flood_ends_the_connection_and_is_counted_by_its_kind()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await Http2Frame.DialAsync(pair);
        await client.SendAllAsync(Enumerable.Range(0, 2_000).SelectMany(_ => Http2Frame.Of(6, 0, 0, new byte[8]).ToBytes()).ToArray());
        await Http2Frame.ReceiveAsync(client, Http2Frame.GoAway);
        Assert.Equal(1, pair.Mesh.Caller.Metric("nodemesh_http_floods_total", "kind=\"ping\""));
        client.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task How_much_is_a_flood_is_what_the_mesh_says()
    {
        await using var pair = await HttpPair.StartRawAsync();
        pair.Apply(TestMesh.Config with { Http = new HttpSettings { Floods = new HttpFloodLimits { Pings = new HttpFloodLimit(3, 0) } } });
        using var client = await Http2Frame.DialAsync(pair);
        var ping = Http2Frame.Of(6, 0, 0, new byte[8]);
        for (var count = 0; count < 3; count++)
        {
            await Http2Frame.SendAsync(client, ping);
            await Http2Frame.ReceiveAsync(client, ping.Type);
        }

        Assert.Equal(0, pair.Mesh.Caller.Metric("nodemesh_http_floods_total"));
        await Http2Frame.SendAsync(client, ping);
        await Http2Frame.ReceiveAsync(client, Http2Frame.GoAway);
        Assert.Equal(1, pair.Mesh.Caller.Metric("nodemesh_http_floods_total", "kind=\"ping\""));
        client.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    public static TheoryData<string, byte[]> Unfinished => new()
    {
        { "a block without its end", Http2Frame.Of(Http2Frame.Headers, 0, 1, Http2Frame.Get).ToBytes() },
        { "half a frame", Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndHeaders, 1, Http2Frame.Get).ToBytes()[..12] },
        { "half a frame's header", [0, 0] },
    };

    [Theory]
    [MemberData(nameof(Unfinished))]
    public async Task Headers_that_do_not_end_in_time_end_the_connection(string what, byte[] begun)
    {
        await using var pair = await HttpPair.StartRawAsync();
        pair.Apply(LimitedConfiguration());
        using var client = await Http2Frame.DialAsync(pair);
        await client.SendAllAsync(begun);
        var told = await Http2Frame.ReceiveAsync(client, Http2Frame.GoAway);
        Assert.Equal(0x0b, told.Payload[7]); // ENHANCE_YOUR_CALM
        await client.ReceiveToEndAsync();
        Assert.True(pair.Mesh.Caller.Metric("nodemesh_http_protocol_errors_total", "reason=\"slow_head\"") == 1, what);
        client.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Headers_that_come_byte_by_byte_end_in_time_or_not_at_all()
    {
        await using var pair = await HttpPair.StartRawAsync();
        pair.Apply(LimitedConfiguration());
        using var client = await Http2Frame.DialAsync(pair);
        var ended = client.ReceiveToEndAsync();
        var began = TimeProvider.System.GetTimestamp();
        var bytes = Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndHeaders, 1, [.. Http2Frame.Get, .. new byte[1000]]).ToBytes();
        await Trickle.UntilEndedAsync(client, bytes, ended);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), HeaderTimeout * 0.9, HeaderTimeout * 5);
        client.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    private static MeshConfig LimitedConfiguration() =>
        TestMesh.Config with { Http = new HttpSettings { HeaderTimeout = HeaderTimeout } };
}
