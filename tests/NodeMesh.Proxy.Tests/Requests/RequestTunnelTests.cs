using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>WebSockets and other upgrades.</summary>
public sealed class RequestTunnelTests
{
    [Theory]
    [MemberData(nameof(RequestTests.Versions), MemberType = typeof(RequestTests))]
    public async Task A_WebSocket_carries_messages_both_ways_whatever_versions_the_ends_speak(AppProtocol application, string client)
    {
        await using var pair = await HttpPair.StartAsync(application, EchoAsync);
        using (var socket = new ClientWebSocket())
        using (var invoker = new HttpMessageInvoker(pair.NewHandler()))
        using (var patience = new CancellationTokenSource(Until.Patience))
        {
            socket.Options.HttpVersion = Version.Parse(client);
            socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            await socket.ConnectAsync(new Uri("ws://orders.shop.mesh/chat"), invoker, patience.Token);
            var buffer = new byte[1000];
            for (var i = 0; i < 20; i++)
            {
                await socket.SendAsync(Encoding.UTF8.GetBytes($"message {i}"), WebSocketMessageType.Text, true, patience.Token);
                var received = await socket.ReceiveAsync(buffer, patience.Token);
                Assert.Equal($"message {i}", Encoding.UTF8.GetString(buffer, 0, received.Count));
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", patience.Token);
        }

        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Each_end_of_an_upgraded_connection_ends_by_itself()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await pair.DialAsync();
        await client.SendTextAsync("GET / HTTP/1.1\r\nHost: o\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
        using var server = await pair.AcceptAsync();
        Assert.Equal("chat", (await server.ReceiveHeadAsync()).Field("upgrade"));
        await server.SendTextAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\nhi");
        Assert.StartsWith("HTTP/1.1 101", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("hi", await client.ReceiveTextAsync(2));
        await client.SendTextAsync("last words");
        client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.Equal("last words"u8.ToArray(), await server.ReceiveToEndAsync());
        await server.SendTextAsync("answer");
        server.Close();
        Assert.Equal("answer"u8.ToArray(), await client.ReceiveToEndAsync());
        client.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_tunnel_to_an_HTTP_port_that_is_reset_before_its_first_request_is_no_failure_of_the_daemon()
    {
        await using var pair = await HttpPair.StartRawAsync();
        var tunnel = await pair.Mesh.OpenAsync();
        Assert.NotNull(tunnel.Stream);
        await pair.Mesh.CloseAsync(tunnel);
        var line = await pair.Mesh.Server.Lines.OnlyAsync();
        Assert.Equal(RefusalCodes.Name(RefusalCode.DownstreamClosed), line.GetProperty("refusal").GetString());
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_upgrade_that_is_declined_is_an_ordinary_response_on_a_connection_that_goes_on()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await pair.DialAsync();
        await client.SendTextAsync("GET / HTTP/1.1\r\nHost: o\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
        using var server = await pair.AcceptRequestAsync();
        await server.SendTextAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        Assert.StartsWith("HTTP/1.1 403", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("no", await client.ReceiveTextAsync(2));
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_upgrade_that_is_declined_with_a_success_is_passed_on_as_it_is()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await pair.DialAsync();
        await client.SendTextAsync("GET / HTTP/1.1\r\nHost: o\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
        using var server = await pair.AcceptRequestAsync();
        await server.SendTextAsync("HTTP/1.1 203 Non-Authoritative Information\r\nX-Own: 1\r\nContent-Length: 2\r\n\r\nno");
        var head = await client.ReceiveHeadAsync();
        Assert.StartsWith("HTTP/1.1 203", head, StringComparison.Ordinal);
        Assert.Equal("1", head.Field("x-own"));
        Assert.Equal("2", head.Field("content-length"));
        Assert.DoesNotContain("nodemesh", head, StringComparison.OrdinalIgnoreCase);
        Assert.Null(head.Field("upgrade"));
        Assert.Equal("no", await client.ReceiveTextAsync(2));

        // Neither connection became a tunnel.
        await client.SendTextAsync("GET /next HTTP/1.1\r\nHost: o\r\n\r\n");
        Assert.StartsWith("GET /next ", await server.ReceiveHeadAsync(), StringComparison.Ordinal);
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_upgrade_that_is_declined_with_a_success_is_a_failure_to_an_HTTP2_client_which_would_take_it_for_a_tunnel()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await Http2Frame.DialAsync(pair);
        await Http2Frame.SendAsync(client, Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndHeaders, 1, Http2Frame.ExtendedConnect));
        using var server = await pair.AcceptRequestAsync();
        await server.SendTextAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
        Assert.Equal("502", (await Http2Frame.ReceiveAsync(client, Http2Frame.Headers)).Status);
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_upgrade_that_calls_itself_gRPC_is_refused_with_a_status_that_opens_no_tunnel()
    {
        await using var pair = await HttpPair.StartRawAsync();
        pair.Mesh.Application.Close();
        using var client = await pair.DialAsync();
        var head = await client.AskAsync("GET / HTTP/1.1\r\nHost: o\r\nContent-Type: application/grpc\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {RefusalCodes.HttpStatus(RefusalCode.ConnectFailed)}", head, StringComparison.Ordinal);
        client.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1000];
        while (await socket.ReceiveAsync(buffer, CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } received)
        {
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, CancellationToken.None);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
    }
}
