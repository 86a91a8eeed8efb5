using NodeMesh.Http.Http1;

namespace NodeMesh.Http.Tests.Http1;

/// <summary>What a server makes of requests: targets, hosts, bodies, and what does not cross.</summary>
public sealed class RequestTests
{
    private const string Origin = "headers end :method: GET; :scheme: http; :authority: a.test; :path: /x?y=1";

    [Fact]
    public void A_request_comes_in_the_form_of_http2()
    {
        Peer server = Peer.Server().Feed("GET /x?y=1 HTTP/1.1\r\nHost: a.test\r\nUser-Agent:curl/8 \r\nX-Own-Name: \tOne, Two\t \r\nAccept: */*\r\n\r\n");
        Assert.Equal([Origin + "; user-agent: curl/8; x-own-name: One, Two; accept: */*"], server.Events);
        Assert.True(server.Connection.HasRequestInProgress);
        Assert.False(server.Connection.IsIdle);
        Assert.Equal(0, server.Unread);
    }

    [Theory]
    [InlineData("http://a.test/x?y=1", "other")]
    [InlineData("HTTP://a.test/x?y=1", "a.test")]
    [InlineData("https://a.test/x?y=1", "")]
    [InlineData("/x?y=1", "a.test")]
    public void An_absolute_target_wins_over_host(string target, string host)
    {
        Assert.Equal([Origin], Peer.Server().Feed($"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").Events);
    }

    [Theory]
    [InlineData("GET http://a.test", "GET", "/")]
    [InlineData("GET http://a.test?q", "GET", "/?q")]
    [InlineData("OPTIONS http://a.test", "OPTIONS", "*")]
    [InlineData("OPTIONS *", "OPTIONS", "*")]
    [InlineData("OPTIONS /", "OPTIONS", "/")]
    [InlineData("M-SEARCH /a%20b", "M-SEARCH", "/a%20b")]
    public void The_forms_of_target_give_a_path(string start, string method, string path)
    {
        Assert.Equal(
            [$"headers end :method: {method}; :scheme: http; :authority: a.test; :path: {path}"],
            Peer.Server().Feed($"{start} HTTP/1.1\r\nHost: a.test\r\n\r\n").Events);
    }

    [Fact]
    public void The_scheme_is_that_of_the_transport()
    {
        Peer server = Peer.Server(new Http1Options { IsSecure = true }).Feed("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
        Assert.Equal(["headers end :method: GET; :scheme: https; :authority: a.test; :path: /"], server.Events);
    }

    [Theory]
    [InlineData("GET /", 400)]
    [InlineData("GET", 400)]
    [InlineData(" GET / HTTP/1.1", 400)]
    [InlineData("GET  / HTTP/1.1", 400)]
    [InlineData("GET /  HTTP/1.1", 400)]
    [InlineData("GET / HTTP/1.1 ", 400)]
    [InlineData("GET\t/ HTTP/1.1", 400)]
    [InlineData("GET /\tx HTTP/1.1", 400)]
    [InlineData("GET /a b HTTP/1.1", 400)]
    [InlineData("G(T / HTTP/1.1", 400)]
    [InlineData("GET / http/1.1", 400)]
    [InlineData("GET / HTTP/1", 400)]
    [InlineData("GET / HTTP/1.10", 400)]
    [InlineData("GET / HTTP/0.9", 400)]
    [InlineData("GET / HTTPS/1.1", 400)]
    [InlineData("GET / HTTP/2.0", 505)]
    [InlineData("PRI * HTTP/2.0", 505)]
    [InlineData("GET * HTTP/1.1", 400)]
    [InlineData("GET x HTTP/1.1", 400)]
    [InlineData("GET a.test:80 HTTP/1.1", 400)]
    [InlineData("GET ftp://a.test/ HTTP/1.1", 400)]
    [InlineData("GET http:///x HTTP/1.1", 400)]
    [InlineData("GET http://u@a.test/ HTTP/1.1", 400)]
    [InlineData("GET http://a.test:80x/ HTTP/1.1", 400)]
    [InlineData("GET /#f HTTP/1.1", 400)]
    [InlineData("CONNECT a.test:443 HTTP/1.1", 501)]
    [InlineData("CONNECT / HTTP/1.1", 501)]
    public void A_request_line_that_is_none_is_refused(string line, int status)
    {
        Peer server = Peer.Server().Feed(line + "\r\nHost: a.test\r\n\r\n");
        Assert.Equal(status, server.Handler.Error?.Status);
        Assert.DoesNotContain(server.Events, text => text.StartsWith("headers", StringComparison.Ordinal));
    }

    [Fact]
    public void A_higher_minor_version_is_read_as_the_one_we_know()
    {
        Peer server = Peer.Server().Feed("GET / HTTP/1.2\r\nHost: a.test\r\n\r\n");
        Assert.Contains("Transfer-Encoding: chunked", server.Respond(Peer.Response(), "x"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Host: a\r\nHost: a\r\n")]
    [InlineData("Host: a\r\nhost: b\r\n")]
    [InlineData("Host: a b\r\n")]
    [InlineData("Host: a/b\r\n")]
    [InlineData("Host: u@a\r\n")]
    [InlineData("Host: a, b\r\n")]
    [InlineData("Host: a:b\r\n")]
    [InlineData("Host: a:1:2\r\n")]
    [InlineData("Host: ::1\r\n")]
    [InlineData("Host: [::1\r\n")]
    [InlineData("Host: [::g]\r\n")]
    [InlineData("Host: [::1]x\r\n")]
    [InlineData("Host: :80\r\n")]
    [InlineData("Host: a:123456\r\n")]
    public void Host_is_there_once_and_a_host(string fields)
    {
        Peer.Server().Feed($"GET / HTTP/1.1\r\n{fields}\r\n").AssertError(Http1ErrorKind.BadHost, 400, Http1Smuggling.Host);
    }

    [Theory]
    [InlineData("a.test:8080")]
    [InlineData("[2001:db8::1]:80")]
    [InlineData("10.0.0.1")]
    [InlineData("A_b-c.test:")]
    public void Host_becomes_the_authority(string host)
    {
        Peer server = Peer.Server().Feed($"GET / HTTP/1.1\r\nA: b\r\nHost: {host}\r\n\r\n");
        Assert.Equal([$"headers end :method: GET; :scheme: http; :authority: {host}; :path: /; a: b"], server.Events);
    }

    [Theory]
    [InlineData("HTTP/1.0\r\n")]
    [InlineData("HTTP/1.1\r\nHost:\r\n")]
    public void Without_a_host_there_is_no_authority(string rest)
    {
        Assert.Equal(["headers end :method: GET; :scheme: http; :path: /"], Peer.Server().Feed($"GET / {rest}\r\n").Events);
    }

    [Fact]
    public void Empty_lines_before_a_request_are_skipped_up_to_a_bound()
    {
        Assert.Single(Peer.Server().Feed("\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").Events);
        Peer.Server().Feed("\r\n\r\n\r\n\r\n\r\n").AssertError(Http1ErrorKind.BadStartLine, 400);
        Peer begun = Peer.Server().Feed("\r\n");
        Assert.True(begun.Connection.IsReceivingHead);
    }

    [Fact]
    public void A_body_of_known_length_ends_with_its_last_byte()
    {
        Peer server = Peer.Server().Feed("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhelloGET");
        Assert.Equal(["headers :method: POST; :scheme: http; :authority: a.test; :path: /; content-length: 5", "data hello end"], server.Events);
        Assert.Equal(3, server.Unread);
    }

    [Fact]
    public void A_chunked_body_ends_with_its_trailers()
    {
        Peer server = Peer.Server().Feed(
            "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n00A;x=\"y\"\r\n, world.. \r\n0\r\nX-Sum: 1\r\n\r\n");
        Assert.Equal(
            ["headers :method: POST; :scheme: http; :authority: a.test; :path: /", "data hello, world.. ", "trailers x-sum: 1"],
            server.Events);
    }

    [Fact]
    public void Trailers_that_the_head_should_have_told_are_dropped()
    {
        Peer server = Peer.Server().Feed(
            "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
            + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\nHost: b\r\nAuthorization: x\r\nX-Forwarded-For: y\r\nNodeMesh-Target: z\r\nCookie: a\r\n\r\n");
        Assert.Equal("data x end", server.Events[^1]);
    }

    [Fact]
    public void What_the_handler_does_not_take_is_offered_again()
    {
        Peer server = Peer.Server();
        server.Handler.Appetite = 3;
        server.Feed("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello");
        Assert.Equal(2, server.Unread);
        Assert.True(server.Connection.IsReceiving);
        server.Handler.Appetite = 100;
        server.Again();
        Assert.Equal("data hello end", server.Events[^1]);
        Assert.Equal(0, server.Unread);
        Assert.False(server.Connection.IsReceiving);
    }

    [Fact]
    public void Hop_by_hop_fields_do_not_cross()
    {
        Peer server = Peer.Server().Feed(
            "GET /x?y=1 HTTP/1.1\r\nHost: a.test\r\nX-Hop: 1\r\nConnection: keep-alive, x-HOP, other\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n"
            + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nTE: gzip, trailers;q=1, trailers\r\nTE: trailers\r\nother: 2\r\nkept: 3\r\n\r\n");
        Assert.Equal([Origin + "; te: trailers; kept: 3"], server.Events);
    }

    [Fact]
    public void Connection_cannot_remove_what_others_decide_with()
    {
        Peer server = Peer.Server().Feed(
            "POST /x?y=1 HTTP/1.1\r\nHost: a.test\r\nConnection: host, content-length, authorization, x-forwarded-for, x-forwarded-port, nodemesh-target, :path, te, cookie\r\n"
            + "Content-Length: 1\r\nAuthorization: b\r\nX-Forwarded-For: c\r\nX-Forwarded-Port: d\r\nNodeMesh-Target: e\r\nTE: trailers\r\nCookie: f\r\n\r\ng");
        Assert.Equal(
            "headers :method: POST; :scheme: http; :authority: a.test; :path: /x?y=1; content-length: 1; authorization: b; x-forwarded-for: c;"
            + " x-forwarded-port: d; nodemesh-target: e; te: trailers; cookie: f",
            server.Events[0]);
        Assert.Equal("data g end", server.Events[1]);
    }

    [Fact]
    public void Connection_names_no_more_than_a_few_fields()
    {
        string many = string.Join(',', Enumerable.Range(0, 33).Select(i => $"x{i}"));
        Peer.Server().Feed($"GET / HTTP/1.1\r\nHost: a\r\nConnection: {many}\r\n\r\n").AssertError(Http1ErrorKind.BadField, 400);
    }

    [Fact]
    public void Pipelined_requests_are_answered_in_order()
    {
        Peer server = Peer.Server();
        const string One = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
        const string Two = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
        server.Feed(One + Two);
        Assert.Single(server.Events);
        Assert.Equal(Two.Length, server.Unread);
        server.Respond(Peer.Response(204));
        Assert.True(server.Connection.CanReuse);
        server.Again();
        Assert.Contains(":path: /2", server.Events[1], StringComparison.Ordinal);
        Assert.Equal(0, server.Unread);
    }

    [Fact]
    public void Requests_answered_at_once_are_read_in_one_go()
    {
        Peer server = Peer.Server();
        server.Handler.Headers = (_, _) => server.Connection.WriteHeaders(Peer.Response(204), endStream: true);
        server.Feed("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(3, server.Events.Count);
        Assert.Equal(string.Concat(Enumerable.Repeat("HTTP/1.1 204 No Content\r\n\r\n", 3)), server.Written());
    }
}
