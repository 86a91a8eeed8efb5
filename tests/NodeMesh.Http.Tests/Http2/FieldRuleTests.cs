using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>What no field may be, wherever it stands: a request, its trailers, a response, an interim one, and its trailers.</summary>
public sealed class FieldRuleTests
{
    public static TheoryData<string, string> BadFields => new()
    {
        { "", "x" },
        { "X-Upper", "x" },
        { "x y", "x" },
        { "x:y", "x" },
        { " x", "x" },
        { "x\r", "x" },
        { "x\n", "x" },
        { "x\0", "x" },
        { "x\u007f", "x" },
        { "x\u00e9", "x" },
        { "x(", "x" },
        { "x", "a\rb" },
        { "x", "a\nb" },
        { "x", "a\r\nhost: b" },
        { "x", "a\0b" },
        { "x", "a\u001fb" },
        { "x", "a\u007fb" },
        { "x", " a" },
        { "x", "a " },
        { "x", "\ta" },
        { "cookie", "a\n" },
        { ":unknown", "x" },
        { ":path", "/" },
        { ":status", "200" },
        { "connection", "close" },
        { "connection", "" },
        { "keep-alive", "timeout=5" },
        { "proxy-connection", "keep-alive" },
        { "transfer-encoding", "chunked" },
        { "upgrade", "websocket" },
        { "te", "gzip" },
        { "te", "trailers, deflate" },
        { "content-length", "" },
        { "content-length", "+1" },
        { "content-length", "-1" },
        { "content-length", "0x1" },
        { "content-length", "1, 1" },
        { "content-length", "1 1" },
        { "content-length", "9223372036854775808" },
    };

    [Theory]
    [MemberData(nameof(BadFields))]
    public void A_request_with_it_is_malformed(string name, string value)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Headers(1, 0, [(":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/"), ("a", "b"), (name, value)]));
        server.AssertReset(1, Http2ErrorCode.ProtocolError);
        Assert.DoesNotContain(server.Events, line => line.StartsWith("headers", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(BadFields))]
    public void A_request_is_not_ended_by_trailers_with_it(string name, string value)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Request(1, flags: 0), Frames.Headers(1, Frames.EndStream, ("a", "b"), (name, value)));
        server.AssertReset(1, Http2ErrorCode.ProtocolError);
        Assert.Equal("reset 1 ProtocolError", server.Events[^1]);
        Assert.DoesNotContain(server.Events, line => line.StartsWith("trailers", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(BadFields))]
    public void A_response_with_it_is_malformed(string name, string value) => AssertClientRefuses("headers", "200", name, value);

    [Theory]
    [MemberData(nameof(BadFields))]
    public void An_interim_response_with_it_is_malformed(string name, string value) => AssertClientRefuses("informational", "103", name, value);

    [Theory]
    [MemberData(nameof(BadFields))]
    public void A_response_is_not_ended_by_trailers_with_it(string name, string value)
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Get(), endStream: true);
        client.Feed(Frames.Headers(1, 0, (":status", "200")), Frames.Headers(1, Frames.EndStream, ("a", "b"), (name, value)));
        client.AssertReset(1, Http2ErrorCode.ProtocolError);
        Assert.Equal("reset 1 ProtocolError", client.Events[^1]);
        Assert.DoesNotContain(client.Events, line => line.StartsWith("trailers", StringComparison.Ordinal));
    }

    private static void AssertClientRefuses(string kind, string status, string name, string value)
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Get(), endStream: true);
        client.Feed(Frames.Headers(1, 0, (":status", status), ("a", "b"), (name, value)));
        client.AssertReset(1, Http2ErrorCode.ProtocolError);
        Assert.Equal("reset 1 ProtocolError", client.Events[^1]);
        Assert.DoesNotContain(client.Events, line => line.StartsWith(kind, StringComparison.Ordinal));
    }
}
