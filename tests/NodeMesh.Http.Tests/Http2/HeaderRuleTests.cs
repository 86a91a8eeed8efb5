using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>RFC 9113, 8: a malformed message costs its stream, and the handler never sees it.</summary>
public sealed class HeaderRuleTests
{
    private const string Good = ":method=GET|:scheme=http|:authority=orders|:path=/";

    [Theory]
    [InlineData(Good)]
    [InlineData(Good + "|te=trailers|accept=a b\tc|x-empty=")]
    [InlineData(":method=OPTIONS|:scheme=https|:authority=orders|:path=*")]
    [InlineData(":method=GET|:scheme=http|:path=/|host=orders")]
    [InlineData(Good + "|host=ORDERS")]
    [InlineData(":method=CONNECT|:authority=10.0.0.1:80")]
    [InlineData(":method=GET|:scheme=ws-custom|:path=anything")]
    [InlineData(Good + "|content-length=0|cookie=a|cookie=b")]
    public void A_good_request_is_handed_on(string fields)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Headers(1, Frames.EndStream, Parse(fields)));
        Assert.StartsWith("headers 1 end ", Assert.Single(server.Events), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(":scheme=http|:authority=orders|:path=/", ":method is missing")]
    [InlineData(":method=GET|:authority=orders|:path=/", ":scheme or :path is missing")]
    [InlineData(":method=GET|:scheme=http|:authority=orders", ":scheme or :path is missing")]
    [InlineData(":method=GET|:scheme=http|:authority=orders|:path=", ":path is empty")]
    [InlineData(":method=GET|:scheme=http|:authority=orders|:path=orders", ":path does not start with a slash")]
    [InlineData(":method=GET|:scheme=http|:authority=orders|:path=*", ":path does not start with a slash")]
    [InlineData(":method=GET|:scheme=http|:authority=orders|:path=/a b", ":path holds a space or control byte")]
    [InlineData(":method=GE T|:scheme=http|:authority=orders|:path=/", ":method is not a token")]
    [InlineData(":method=|:scheme=http|:authority=orders|:path=/", ":method is not a token")]
    [InlineData(":method=GET|:scheme=ht tp|:authority=orders|:path=/", ":scheme is not a scheme")]
    [InlineData(":method=GET|:scheme=http|:authority=me@orders|:path=/", ":authority is not a host and port")]
    [InlineData(":method=GET|:scheme=http|:authority=or ders|:path=/", ":authority is not a host and port")]
    [InlineData(":method=GET|:scheme=http|:authority=foo:bar|:path=/", ":authority is not a host and port")]
    [InlineData(":method=GET|:scheme=http|:authority=a/b|:path=/", ":authority is not a host and port")]
    [InlineData(":method=CONNECT|:authority=a/b", ":authority is not a host and port")]
    [InlineData(":method=GET|:scheme=http|:path=/|host=a:b", "host is not a host and port")]
    [InlineData(":method=GET|:scheme=http|:path=/", "neither :authority nor host")]
    [InlineData(":method=GET|:scheme=https|:authority=|:path=/|host=", "neither :authority nor host")]
    [InlineData(":method=GET|:scheme=http|:path=/|host=a b", "host is not a host and port")]
    [InlineData(Good + "|:path=/", "a pseudo-header twice")]
    [InlineData(":method=GET|:scheme=http|x-a=1|:path=/", "a pseudo-header behind a regular field")]
    [InlineData(Good + "|:status=200", ":status in a request")]
    [InlineData(":unknown=1|" + Good, "an unknown pseudo-header")]
    [InlineData(Good + "|:protocol=websocket", ":protocol is not allowed")]
    [InlineData(Good + "|X-Upper=1", "a field name that is not a lower-case token")]
    [InlineData(Good + "|Host=orders", "a field name that is not a lower-case token")]
    [InlineData(Good + "|x a=1", "a field name that is not a lower-case token")]
    [InlineData(Good + "|x-ä=1", "a field name that is not a lower-case token")]
    [InlineData(Good + "|x:a=1", "a field name that is not a lower-case token")]
    [InlineData(Good + "|=1", "an empty field name")]
    [InlineData(Good + "|x-a=1\r", "a control byte in a field value")]
    [InlineData(Good + "|x-a=1\n2", "a control byte in a field value")]
    [InlineData(Good + "|x-a=1\02", "a control byte in a field value")]
    [InlineData(Good + "|x-a=\u007f", "a control byte in a field value")]
    [InlineData(Good + "|x-a= 1", "blanks around a field value")]
    [InlineData(Good + "|x-a=1\t", "blanks around a field value")]
    [InlineData(Good + "|connection=close", "a connection-specific field")]
    [InlineData(Good + "|keep-alive=1", "a connection-specific field")]
    [InlineData(Good + "|proxy-connection=close", "a connection-specific field")]
    [InlineData(Good + "|transfer-encoding=chunked", "a connection-specific field")]
    [InlineData(Good + "|upgrade=h2c", "a connection-specific field")]
    [InlineData(Good + "|te=gzip", "te other than trailers")]
    [InlineData(Good + "|host=other", "host differs from :authority")]
    [InlineData(":method=GET|:scheme=http|:path=/|host=a|host=a", "host twice")]
    [InlineData(Good + "|content-length=1|content-length=1", "content-length twice")]
    [InlineData(Good + "|content-length=+1", "content-length is not a number")]
    [InlineData(Good + "|content-length=", "content-length is not a number")]
    [InlineData(Good + "|content-length=99999999999999999999", "content-length is not a number")]
    [InlineData(Good + "|content-length=1", "content-length without a body")]
    [InlineData(":method=CONNECT|:scheme=http|:authority=a:1|:path=/", "CONNECT has :method and :authority, nothing else")]
    [InlineData(":method=CONNECT", "CONNECT has :method and :authority, nothing else")]
    [InlineData(":method=CONNECT|:authority=", ":authority is empty")]
    [InlineData(":method=CONNECT|:protocol=websocket|:scheme=http|:authority=a|:path=/", ":protocol is not allowed")]
    public void A_malformed_request_is_a_stream_error(string fields, string reason)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Headers(1, Frames.EndStream, Parse(fields)));
        server.AssertReset(1, Http2ErrorCode.ProtocolError, reason);
        Assert.Single(server.Events);
        server.Feed(Frames.Request(3));
        Assert.StartsWith("headers 3", server.Events[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Extended_connect_is_taken_when_enabled()
    {
        Endpoint server = Endpoint.Server(new Http2Options { AllowExtendedConnect = true });
        server.Feed(Frames.Headers(1, 0, Parse(":method=CONNECT|:protocol=websocket|:scheme=http|:authority=a|:path=/chat")));
        Assert.StartsWith("headers 1 ", Assert.Single(server.Events), StringComparison.Ordinal);
        server.Feed(Frames.Headers(3, 0, Parse(":method=CONNECT|:protocol=websocket|:authority=a")));
        server.AssertReset(3, Http2ErrorCode.ProtocolError);
    }

    [Theory]
    [InlineData("x-a=1", ":status is missing")]
    [InlineData(":status=20", ":status is not three digits")]
    [InlineData(":status=abc", ":status is not three digits")]
    [InlineData(":status=099", ":status is not three digits")]
    [InlineData(":status=200|:status=200", "a pseudo-header twice")]
    [InlineData(":status=200|:path=/", "a response has :status as its only pseudo-header")]
    [InlineData(":status=101", "status 101 in HTTP/2")]
    [InlineData(":status=200|connection=close", "a connection-specific field")]
    public void A_malformed_response_is_a_stream_error(string fields, string reason)
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Get(), endStream: true);
        client.TakeOutput();
        client.Feed(Frames.Headers(1, 0, Parse(fields)));
        client.AssertReset(1, Http2ErrorCode.ProtocolError, reason);
        Assert.Equal("reset 1 ProtocolError", client.Events[^1]);
    }

    [Fact]
    public void An_interim_response_comes_before_the_final_one()
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Get(), endStream: true);
        client.Feed(
            Frames.Headers(1, 0, (":status", "103"), ("link", "<a>")),
            Frames.Headers(1, 0, (":status", "200")),
            Frames.Data(1, "x", Frames.EndStream));
        Assert.Equal(["informational 1 :status: 103; link: <a>", "headers 1 :status: 200", "data 1 1 end"], client.Events);
    }

    [Fact]
    public void An_interim_response_cannot_end_the_stream()
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.Get(), endStream: true);
        client.TakeOutput();
        client.Feed(Frames.Headers(1, Frames.EndStream, (":status", "100")));
        client.AssertReset(1, Http2ErrorCode.ProtocolError, "an interim response that ends the stream");
    }

    [Fact]
    public void Trailers_end_the_stream()
    {
        var pair = new Pair();
        Http2Stream client = pair.Client.Open(Endpoint.Post());
        client.WriteData("x"u8, endStream: false);
        client.WriteHeaders(Endpoint.List(("x-checksum", "1")), endStream: true);
        pair.Pump();
        Assert.Equal("trailers 1 x-checksum: 1", pair.Server.Events[^1]);
        Assert.True(pair.Server.Handler.Streams[1].RemoteEnded);
    }

    [Theory]
    [InlineData("x-checksum=1|x-forwarded-client-cert=a|nodemesh-refused=none|x-nodemesh-a=1|nodemesh-a=1", "trailers 1 x-checksum: 1")]
    [InlineData("x-checksum=1|x_forwarded_client_cert=a|x_nodemesh_a=1|nodemesh_a=1|x_real_ip=a", "trailers 1 x-checksum: 1")]
    [InlineData("grpc-status=0|authorization=Basic eA==|host=b|content-length=4|content-type=a/b|cookie=a|set-cookie=a", "trailers 1 grpc-status: 0")]
    [InlineData("x-forwarded-for=10.0.0.1", "data 1 4 end")]
    public void Trailers_carry_nothing_that_a_head_is_judged_by(string sent, string received)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.Request(1, flags: 0), Frames.Data(1, 4), Frames.Headers(1, Frames.EndStream, Parse(sent)));
        Assert.Equal(received, server.Events[^1]);
    }

    [Fact]
    public void Trailers_must_end_the_stream_and_carry_no_pseudo_headers()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(Frames.ConnectRequest(1), Frames.Headers(1, 0, ("a", "b")));
        server.AssertReset(1, Http2ErrorCode.ProtocolError, "trailers that do not end the stream");
        server.Feed(Frames.ConnectRequest(3), Frames.Headers(3, Frames.EndStream, (":status", "200")));
        server.AssertReset(3, Http2ErrorCode.ProtocolError, "a pseudo-header in trailers");
    }

    [Theory]
    [InlineData(5, 4)]
    [InlineData(5, 6)]
    [InlineData(0, 1)]
    public void A_body_that_disagrees_with_content_length_never_ends_cleanly(int declared, int sent)
    {
        Endpoint server = Endpoint.Server();
        server.Feed(
            Frames.Headers(1, 0, Parse(Good + "|content-length=" + declared.ToString(System.Globalization.CultureInfo.InvariantCulture))),
            Frames.Data(1, sent, Frames.EndStream));
        server.AssertReset(1, Http2ErrorCode.ProtocolError, "DATA disagrees with content-length");
        Assert.Equal("reset 1 ProtocolError", server.Events[^1]);
        Assert.DoesNotContain(server.Events, line => line.EndsWith(" end", StringComparison.Ordinal) && line.StartsWith("data", StringComparison.Ordinal));
    }

    [Fact]
    public void A_body_cut_short_by_trailers_is_refused()
    {
        Endpoint server = Endpoint.Server();
        server.Feed(
            Frames.Headers(1, 0, Parse(Good + "|content-length=5")), Frames.Data(1, 4), Frames.Headers(1, Frames.EndStream, ("a", "b")));
        server.AssertReset(1, Http2ErrorCode.ProtocolError, "DATA disagrees with content-length");
    }

    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 304)]
    public void A_response_without_a_body_may_say_how_long_it_would_be(string method, int status)
    {
        Endpoint client = Endpoint.Client();
        client.Open(Endpoint.List((":method", method), (":scheme", "http"), (":path", "/")), endStream: true);
        string code = status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        client.Feed(Frames.Headers(1, Frames.EndStream, (":status", code), ("content-length", "99")));
        Assert.StartsWith("headers 1 end", Assert.Single(client.Events), StringComparison.Ordinal);

        Http2Stream second = client.Open(Endpoint.List((":method", method), (":scheme", "http"), (":path", "/")), endStream: true);
        client.TakeOutput();
        client.Feed(Frames.Headers(second.Id, 0, (":status", code), ("content-length", "99")), Frames.Data(second.Id, 99, Frames.EndStream));
        client.AssertReset(second.Id, Http2ErrorCode.ProtocolError);
    }

    [Fact]
    public void A_list_is_valid_during_the_call_only()
    {
        Endpoint server = Endpoint.Server();
        HeaderList? kept = null;
        server.Handler.Headers = (_, headers, _) => kept = headers;
        server.Feed(Frames.Request(1));
        Assert.Equal(0, kept!.Count);
    }

    private static (string, string)[] Parse(string fields) =>
        [.. fields.Split('|').Select(field => field.Split('=', 2)).Select(parts => (parts[0], parts[1]))];
}
