using NodeMesh.Http.Http1;

namespace NodeMesh.Http.Tests.Http1;

/// <summary>What a client makes of responses: where they end, what comes before them, and what must not follow.</summary>
public sealed class ResponseTests
{
    [Fact]
    public void A_response_comes_in_the_form_of_http2()
    {
        Peer client = Peer.Asked().Feed("HTTP/1.1 200 OK, fine\r\nContent-Length: 2\r\nServer: x\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nhi");
        Assert.Equal(["headers :status: 200; content-length: 2; server: x; set-cookie: a=1; set-cookie: b=2", "data hi end"], client.Events);
        Assert.True(client.Connection.CanReuse);
    }

    [Theory]
    [InlineData("HTTP/1.1 200\r\n")]
    [InlineData("HTTP/1.1 200 \r\n")]
    [InlineData("HTTP/1.1 200 A phrase\twith \u00e9\r\n")]
    [InlineData("HTTP/1.9 200 OK\r\n")]
    public void The_phrase_does_not_matter(string line)
    {
        Assert.Equal(["headers end :status: 200; content-length: 0"], Peer.Asked().Feed(line + "Content-Length: 0\r\n\r\n").Events);
    }

    [Theory]
    [InlineData("HTTP/1.1  200 OK")]
    [InlineData("HTTP/1.1 20 OK")]
    [InlineData("HTTP/1.1 2000 OK")]
    [InlineData("HTTP/1.1 099 OK")]
    [InlineData("HTTP/1.1 +20 OK")]
    [InlineData("HTTP/1.1 200OK")]
    [InlineData("HTTP/2.0 200 OK")]
    [InlineData("http/1.1 200 OK")]
    [InlineData("ICY 200 OK")]
    [InlineData("")]
    [InlineData("SSH-2.0-OpenSSH_9.2p1 Debian")]
    public void A_status_line_that_is_none_is_refused(string line)
    {
        Peer client = Peer.Asked().Feed(line + "\r\n\r\n");
        Assert.Equal(502, client.Handler.Error?.Status);
        Assert.True(client.Connection.MustClose);
    }

    [Theory]
    [InlineData("HEAD", "200 OK", "Content-Length: 7\r\n")]
    [InlineData("HEAD", "200 OK", "Transfer-Encoding: chunked\r\n")]
    [InlineData("HEAD", "200 OK", "")]
    [InlineData("GET", "204 No Content", "Content-Length: 7\r\n")]
    [InlineData("GET", "204 No Content", "Transfer-Encoding: chunked\r\n")]
    [InlineData("GET", "304 Not Modified", "Content-Length: 7\r\n")]
    [InlineData("GET", "304 Not Modified", "Transfer-Encoding: chunked\r\n")]
    public void Some_responses_have_no_body_whatever_they_say(string method, string status, string fields)
    {
        Peer client = Peer.Asked(method).Feed($"HTTP/1.1 {status}\r\n{fields}\r\n");
        Assert.StartsWith("headers end ", Assert.Single(client.Events), StringComparison.Ordinal);
        Assert.Equal(status[0] != '2' || method == "HEAD" ? fields.StartsWith('C') : false, client.Events[0].Contains("content-length: 7", StringComparison.Ordinal));
        Assert.True(client.Connection.CanReuse);
    }

    [Fact]
    public void Without_a_length_the_body_ends_with_the_connection()
    {
        Peer client = Peer.Asked().Feed("HTTP/1.1 200 OK\r\n\r\nab").Feed("cd");
        Assert.Equal(["headers :status: 200", "data abcd"], client.Events);
        client.Connection.ReceiveEnd();
        Assert.Equal("data abcd end", client.Events[^1]);
        Assert.False(client.Connection.CanReuse);
        Assert.True(client.Connection.MustClose);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", Http1ErrorKind.Truncated)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", Http1ErrorKind.Truncated)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", Http1ErrorKind.Truncated)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le", Http1ErrorKind.Truncated)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", Http1ErrorKind.Truncated)]
    [InlineData("HTT", Http1ErrorKind.Truncated)]
    [InlineData("", Http1ErrorKind.ClosedBeforeResponse)]
    public void A_response_cut_short_is_an_error(string bytes, Http1ErrorKind kind)
    {
        Peer client = Peer.Asked().Feed(bytes);
        client.Connection.ReceiveEnd();
        client.AssertError(kind, 502);
        Assert.DoesNotContain(client.Events, line => line.EndsWith(" end", StringComparison.Ordinal));
    }

    [Fact]
    public void Chunks_and_trailers_come_through()
    {
        Peer client = Peer.Asked().Feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: grpc-status\r\n\r\n2\r\nhi\r\n0\r\ngrpc-status: 0\r\n\r\n");
        Assert.Equal(["headers :status: 200; trailer: grpc-status", "data hi", "trailers grpc-status: 0"], client.Events);
        Assert.True(client.Connection.CanReuse);
    }

    [Fact]
    public void Interim_responses_come_before_the_final_one()
    {
        Peer client = Peer.Client();
        Assert.True(client.Connection.WriteHeaders(Peer.Request("POST", "/", ("expect", "100-continue"), ("content-length", "1")), endStream: false));
        Assert.True(client.Connection.WantsContinue);
        client.Feed("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        Assert.True(client.Connection.WantsContinue);
        client.Feed("HTTP/1.1 100 Continue\r\n\r\n");
        Assert.False(client.Connection.WantsContinue);
        Assert.True(client.Connection.WriteData("x"u8, endStream: true));
        client.Feed("HTTP/1.1 204 No Content\r\n\r\n");
        Assert.Equal(["informational :status: 103; link: </a>", "informational :status: 100", "headers end :status: 204"], client.Events);
        Assert.True(client.Connection.CanReuse);
    }

    [Fact]
    public void Interim_responses_are_bounded()
    {
        Peer client = Peer.Asked(options: new Http1Options { MaxInterimResponses = 2 });
        client.Feed("HTTP/1.1 103 a\r\n\r\nHTTP/1.1 103 a\r\n\r\nHTTP/1.1 103 a\r\n\r\n").AssertError(Http1ErrorKind.TooManyInterimResponses, 502);
    }

    [Fact]
    public void Bytes_behind_a_response_end_the_connection()
    {
        Peer client = Peer.Asked();
        bool? reusable = null;
        client.Handler.Headers = (_, _) => reusable = client.Connection.CanReuse;
        client.Feed("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n");
        Assert.False(reusable);
        client.AssertError(Http1ErrorKind.Unsolicited, 502, Http1Smuggling.SurplusBytes);
    }

    [Fact]
    public void Bytes_behind_a_response_never_answer_the_next_request()
    {
        Peer client = Peer.Asked();
        client.Handler.Data = (_, end) =>
        {
            if (end)
            {
                Assert.False(client.Connection.WriteHeaders(Peer.Request(), endStream: true));
            }
        };
        client.Feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.Single(client.Events, line => line.StartsWith("headers", StringComparison.Ordinal));
    }

    [Fact]
    public void Bytes_that_answer_nothing_end_the_connection()
    {
        Peer.Client().Feed("HTTP/1.1 408 Request Timeout\r\n\r\n").AssertError(Http1ErrorKind.Unsolicited, 502, Http1Smuggling.SurplusBytes);
    }

    [Fact]
    public void The_connection_can_be_used_again_from_inside_the_last_call()
    {
        Peer client = Peer.Asked();
        bool again = false;
        client.Handler.Headers = (_, _) => again = again || client.Connection.WriteHeaders(Peer.Request("HEAD"), endStream: true);
        client.Feed("HTTP/1.1 204 No Content\r\n\r\n");
        Assert.True(again);
        client.Feed("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        Assert.Equal(["headers end :status: 204", "headers end :status: 200; content-length: 100"], client.Events);
        Assert.True(client.Connection.CanReuse);
    }

    [Theory]
    [InlineData("HTTP/1.1", "", true)]
    [InlineData("HTTP/1.1", "Connection: close\r\n", false)]
    [InlineData("HTTP/1.1", "Connection: keep-alive, Close\r\n", false)]
    [InlineData("HTTP/1.0", "", false)]
    [InlineData("HTTP/1.0", "Connection: Keep-Alive\r\n", true)]
    [InlineData("HTTP/1.0", "Connection: keep-alive, close\r\n", false)]
    public void The_server_says_whether_the_connection_lasts(string version, string fields, bool lasts)
    {
        Peer client = Peer.Asked().Feed($"{version} 200 OK\r\n{fields}Content-Length: 0\r\n\r\n");
        Assert.Equal(lasts, client.Connection.CanReuse);
        Assert.Equal(!lasts, client.Connection.MustClose);
    }

    [Fact]
    public void A_response_before_the_request_is_whole_leaves_it_to_be_finished()
    {
        Peer client = Peer.Client();
        Assert.True(client.Connection.WriteHeaders(Peer.Request("POST"), endStream: false));
        client.Feed("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
        Assert.False(client.Connection.IsIdle);
        Assert.True(client.Connection.WriteData(default, endStream: true));
        Assert.True(client.Connection.CanReuse);
    }

    [Fact]
    public void An_idle_connection_that_the_server_closes_is_no_error()
    {
        Peer client = Peer.Asked().Feed("HTTP/1.1 204 No Content\r\n\r\n");
        client.Connection.ReceiveEnd();
        Assert.Null(client.Handler.Error);
        Assert.False(client.Connection.CanReuse);
    }

    [Fact]
    public void Hop_by_hop_fields_do_not_cross()
    {
        Peer client = Peer.Asked().Feed(
            "HTTP/1.1 426 Upgrade Required\r\nConnection: upgrade, x-hop\r\nUpgrade: h2c\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(["headers end :status: 426; content-length: 0"], client.Events);
    }
}
