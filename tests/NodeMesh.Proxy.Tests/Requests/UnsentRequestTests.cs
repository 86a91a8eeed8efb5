using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>Requests that cannot be sent for what they are: no other connection would take them either.</summary>
public sealed class UnsentRequestTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: o\r\n\r\n";

    [Fact]
    public async Task A_request_that_the_applications_protocol_cannot_say_is_refused_and_tried_once()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await Http2Frame.DialAsync(pair);

        // A tunnel that ends before it begins.
        await Http2Frame.SendAsync(client, Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndStream | Http2Frame.EndHeaders, 1, Http2Frame.ExtendedConnect));
        Assert.Equal("400", (await Http2Frame.ReceiveAsync(client, Http2Frame.Headers)).Status);
        Assert.Equal(0, pair.Mesh.Server.Metric("nodemesh_request_retries_total"));

        // The connection that was made for it serves the next.
        await Http2Frame.SendAsync(client, Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndStream | Http2Frame.EndHeaders, 3, Http2Frame.Get));
        using var server = await pair.AcceptRequestAsync();
        await server.SendTextAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal("200", (await Http2Frame.ReceiveAsync(client, Http2Frame.Headers)).Status);
        Assert.Equal(1, pair.Mesh.Server.Metric("nodemesh_upstream_connections_opened_total"));
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_upgrade_to_an_HTTP2_application_that_knows_none_is_not_served_and_tried_once()
    {
        await using var pair = await HttpPair.StartRawAsync(AppProtocol.Http2);
        using var client = await pair.DialAsync();
        await client.SendTextAsync("GET / HTTP/1.1\r\nHost: o\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
        using var server = await Http2Frame.AcceptAsync(pair);
        var head = await client.ReceiveHeadAsync();
        Assert.StartsWith("HTTP/1.1 501", head, StringComparison.Ordinal);
        Assert.Equal(RefusalCodes.Name(RefusalCode.NotServed), head.Field("nodemesh-refused"));
        Assert.Equal(0, pair.Mesh.Server.Metric("nodemesh_request_retries_total"));
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Headers_that_are_more_than_the_application_takes_are_refused_and_tried_once()
    {
        await using var pair = await HttpPair.StartRawAsync(AppProtocol.Http2);
        using var client = await pair.DialAsync();
        await client.SendTextAsync(Get);
        using var server = await Http2Frame.AcceptAsync(pair);
        var (stream, _) = await Http2Frame.ReceiveRequestAsync(server);

        // SETTINGS_MAX_HEADER_LIST_SIZE 64
        await Http2Frame.SendAsync(
            server,
            Http2Frame.Of(Http2Frame.Settings, 0, 0, 0, 6, 0, 0, 0, 64),
            Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndStream | Http2Frame.EndHeaders, stream, Http2Frame.Ok));
        Assert.StartsWith("HTTP/1.1 200", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431", await client.AskAsync(Get), StringComparison.Ordinal);
        Assert.Equal(0, pair.Mesh.Server.Metric("nodemesh_request_retries_total"));
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }
}
