using NodeMesh.Http.Http1;
using NodeMesh.Http.Tests.Http2;

namespace NodeMesh.Http.Tests.Http1;

/// <summary>Upgrades travel as extended CONNECT (RFC 8441); after them, and after CONNECT, bytes pass as they are.</summary>
public sealed class UpgradeTests
{
    // The example of RFC 6455, 1.3.
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    private const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    private const string Ask = "GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: " + Key + "\r\nSec-WebSocket-Version: 13\r\n\r\n";

    private static readonly (string, string)[] Connect =
        [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":authority", "a.test"), (":path", "/chat")];

    [Fact]
    public void A_websocket_request_becomes_an_extended_connect()
    {
        Peer server = Peer.Server().Feed(Ask + "early");
        Assert.Equal(
            [$"headers :method: CONNECT; :protocol: websocket; :scheme: http; :authority: a.test; :path: /chat; sec-websocket-key: {Key}; sec-websocket-version: 13"],
            server.Events);
        Assert.Equal(5, server.Unread);
        Assert.False(server.Connection.IsTunnel);
        Assert.True(server.Connection.WriteHeaders(Peer.Response(200, ("sec-websocket-accept", "from the upstream")), endStream: false));
        Assert.Equal("HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: from the upstream\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", server.Written());
        Assert.True(server.Connection.IsTunnel);
        server.Again().Feed("GET / HTTP/1.1\r\n\r\n");
        Assert.Equal("data earlyGET / HTTP/1.1\r\n\r\n", server.Events[^1]);
        server.Connection.WriteData("raw"u8, endStream: true);
        Assert.Equal("raw", server.Written());
        Assert.True(server.Connection.IsSendOver);
        Assert.False(server.Connection.MustClose);
        server.Connection.ReceiveEnd();
        Assert.EndsWith(" end", server.Events[^1], StringComparison.Ordinal);
        Assert.True(server.Connection.MustClose);
        Assert.False(server.Connection.CanReuse);
    }

    [Fact]
    public void An_accept_that_http2_does_not_carry_is_made()
    {
        Peer server = Peer.Server().Feed(Ask);
        Assert.True(server.Connection.WriteHeaders(Peer.Response(), endStream: false));
        Assert.Contains("Sec-WebSocket-Accept: " + Accept + "\r\n", server.Written(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_upgrade_is_an_ordinary_exchange()
    {
        Peer server = Peer.Server().Feed(Ask + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", server.Respond(Peer.Response(403, ("content-length", "2")), "no"));
        Assert.True(server.Connection.CanReuse);
        server.Again();
        Assert.Contains(":path: /next", server.Events[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void An_upgrade_that_is_declined_with_a_success_is_an_ordinary_exchange()
    {
        Peer server = Peer.Server().Feed(Ask + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
        server.Connection.DeclineUpgrade();
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", server.Respond(Peer.Response(200, ("content-length", "2")), "no"));
        Assert.False(server.Connection.IsTunnel);
        Assert.True(server.Connection.CanReuse);
        server.Again();
        Assert.Contains(":path: /next", server.Events[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "Upgrade: h2c", "Connection: upgrade, HTTP2-Settings", "")]
    [InlineData("GET", "Upgrade: websocket", "Connection: keep-alive", "")]
    [InlineData("GET", "Upgrade: TLS/1.0, HTTP/2.0, h2c, h2", "Connection: upgrade", "")]
    [InlineData("GET", "Upgrade: web socket", "Connection: upgrade", "")]
    [InlineData("POST", "Upgrade: websocket", "Connection: upgrade", "")]
    [InlineData("GET", "Upgrade: websocket", "Connection: upgrade", "Content-Length: 1\r\n")]
    public void Other_upgrades_are_stripped(string method, string upgrade, string connection, string field)
    {
        Peer server = Peer.Server().Feed($"{method} / HTTP/1.1\r\nHost: a\r\n{upgrade}\r\n{connection}\r\nHTTP2-Settings: AA\r\n{field}\r\n");
        string length = field.Length > 0 ? "; content-length: 1" : "";
        Assert.Equal($"headers{(field.Length > 0 ? "" : " end")} :method: {method}; :scheme: http; :authority: a; :path: /{length}", server.Events[0]);
    }

    [Fact]
    public void The_first_protocol_that_can_pass_is_taken()
    {
        Peer server = Peer.Server().Feed("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c, foo/2\r\nUpgrade: bar\r\nConnection: upgrade\r\n\r\n");
        Assert.Equal(["headers :method: CONNECT; :protocol: foo/2; :scheme: http; :authority: a; :path: /"], server.Events);
    }

    [Fact]
    public void An_extended_connect_becomes_a_websocket_request()
    {
        Peer client = Peer.Client();
        Assert.True(client.Connection.WriteHeaders(Endpoint.List([.. Connect, ("sec-websocket-key", Key), ("sec-websocket-version", "13")]), endStream: false));
        Assert.Equal(
            $"GET /chat HTTP/1.1\r\nHost: a.test\r\nsec-websocket-key: {Key}\r\nsec-websocket-version: 13\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
            client.Written());
        Assert.True(client.Connection.AwaitsTunnel);
        Assert.False(client.Connection.WriteData("early"u8, endStream: false));
        client.Feed($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {Accept}\r\n\r\nraw");
        Assert.Equal([$"headers :status: 200; sec-websocket-accept: {Accept}", "data raw"], client.Events);
        Assert.True(client.Connection.IsTunnel);
        Assert.True(client.Connection.WriteData("up"u8, endStream: false));
        Assert.Equal("up", client.Written());
        client.Connection.ReceiveEnd();
        Assert.Equal("data raw end", client.Events[^1]);
        Assert.False(client.Connection.IsSendOver);
    }

    [Fact]
    public void A_key_made_here_is_checked_here()
    {
        (Peer client, string key) = Asked();
        Span<byte> accept = stackalloc byte[WebSocketHandshake.AcceptLength];
        WebSocketHandshake.Accept(System.Text.Encoding.ASCII.GetBytes(key), accept);
        client.Feed("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: " + System.Text.Encoding.ASCII.GetString(accept) + "\r\n\r\n");
        Assert.Equal(["headers :status: 200"], client.Events);

        Asked().Client.Feed($"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: {Accept}\r\n\r\n")
            .AssertError(Http1ErrorKind.BadUpgrade, 502);
        Asked().Client.Feed("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n").AssertError(Http1ErrorKind.BadUpgrade, 502);
        Assert.NotEqual(key, Asked().Key);

        static (Peer Client, string Key) Asked()
        {
            Peer client = Peer.Client();
            Assert.True(client.Connection.WriteHeaders(Endpoint.List(Connect), endStream: false));
            string written = client.Written();
            Assert.Contains("Sec-WebSocket-Version: 13\r\n", written, StringComparison.Ordinal);
            string key = written.Split("Sec-WebSocket-Key: ")[1].Split('\r')[0];
            Assert.Equal(16, Convert.FromBase64String(key).Length);
            return (client, key);
        }
    }

    [Fact]
    public void An_upgrade_that_the_server_refuses_is_an_ordinary_response()
    {
        Peer client = Peer.Client();
        Assert.True(client.Connection.WriteHeaders(Endpoint.List(Connect), endStream: false));
        client.Feed("HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx");
        Assert.Equal(["headers :status: 404; content-length: 1", "data x end"], client.Events);
        Assert.True(client.Connection.CanReuse);
    }

    [Fact]
    public void An_upgrade_that_nobody_asked_for_is_an_error()
    {
        Peer.Asked().Feed("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n").AssertError(Http1ErrorKind.BadUpgrade, 502);
    }

    [Fact]
    public void Connect_is_a_tunnel_where_it_is_allowed()
    {
        var options = new Http1Options { AllowConnect = true };
        Peer server = Peer.Server(options).Feed("CONNECT b.test:443 HTTP/1.1\r\nHost: ignored\r\n\r\n");
        Assert.Equal(["headers :method: CONNECT; :authority: b.test:443"], server.Events);
        Assert.True(server.Connection.WriteHeaders(Peer.Response(200, ("content-length", "5")), endStream: false));
        Assert.Equal("HTTP/1.1 200 OK\r\n\r\n", server.Written());
        Assert.True(server.Connection.IsTunnel);

        Peer client = Peer.Client(options);
        Assert.True(client.Connection.WriteHeaders(Endpoint.Connect("b.test:443"), endStream: false));
        Assert.Equal("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\n", client.Written());
        client.Feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nraw");
        Assert.Equal(["headers :status: 200", "data raw"], client.Events);
        Peer.Server(options).Feed("CONNECT b.test HTTP/1.1\r\nHost: a\r\n\r\n").AssertError(Http1ErrorKind.BadStartLine, 400);
    }

    [Fact]
    public void A_client_gone_before_its_tunnel_is_an_error()
    {
        Peer server = Peer.Server().Feed(Ask);
        server.Connection.ReceiveEnd();
        server.AssertError(Http1ErrorKind.Truncated, 400);
    }
}
