using NodeMesh.Http.Headers;
using NodeMesh.Http.Tests.Http2;

namespace NodeMesh.Http.Tests.Http1;

/// <summary>What is written, and what is refused because the next hop could read another message in it.</summary>
public sealed class SendTests
{
    private static Peer Asking(string version = "HTTP/1.1", string method = "GET", string fields = "") =>
        Peer.Server().Feed($"{method} / {version}\r\nHost: a\r\n{fields}\r\n");

    private static Peer Sending(HeaderList request, bool endStream = true)
    {
        Peer client = Peer.Client();
        Assert.True(client.Connection.WriteHeaders(request, endStream), client.Connection.Refusal);
        return client;
    }

    [Fact]
    public void A_request_is_written_with_its_host_first_and_its_names_as_usual()
    {
        HeaderList request = Peer.Request("GET", "/p?q", ("user-agent", "x"), ("x-own", "1"), ("etag", "e"), ("te", "trailers"));
        Assert.Equal(
            "GET /p?q HTTP/1.1\r\nHost: a.test\r\nUser-Agent: x\r\nx-own: 1\r\nETag: e\r\nTE: trailers\r\nConnection: TE\r\n\r\n",
            Sending(request).Written());
    }

    [Fact]
    public void Host_stands_in_for_the_authority()
    {
        HeaderList request = Endpoint.List((":method", "OPTIONS"), (":scheme", "http"), (":path", "*"), ("a", "b"), ("host", "h.test"));
        Assert.Equal("OPTIONS * HTTP/1.1\r\nHost: h.test\r\na: b\r\n\r\n", Sending(request).Written());
        HeaderList both = Peer.Request("GET", "/", ("host", "A.test"));
        Assert.Equal("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", Sending(both).Written());
        HeaderList neither = Endpoint.List((":method", "GET"), (":scheme", "http"), (":path", "/"));
        Assert.Equal("GET / HTTP/1.1\r\nHost: \r\n\r\n", Sending(neither).Written());
    }

    [Fact]
    public void Cookie_crumbs_are_joined()
    {
        HeaderList request = Peer.Request("GET", "/", ("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"), ("cookie", "c=3"));
        Assert.Equal("GET / HTTP/1.1\r\nHost: a.test\r\nCookie: a=1; b=2; c=3\r\nx: y\r\n\r\n", Sending(request).Written());
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "Content-Length: 0\r\n")]
    [InlineData("PUT", "Content-Length: 0\r\n")]
    [InlineData("PATCH", "Content-Length: 0\r\n")]
    public void A_request_without_a_body_says_so_where_one_is_expected(string method, string field)
    {
        Assert.Equal($"{method} / HTTP/1.1\r\nHost: a.test\r\n{field}\r\n", Sending(Peer.Request(method)).Written());
    }

    [Fact]
    public void A_body_of_unknown_length_is_chunked_and_may_have_trailers()
    {
        Peer client = Sending(Peer.Request("POST"), endStream: false);
        client.Connection.WriteData("hello"u8, endStream: false);
        client.Connection.WriteData(default, endStream: false);
        client.Connection.WriteData(new byte[300], endStream: false);
        Assert.True(client.Connection.WriteTrailers(Endpoint.List(("x-sum", "1"), ("content-length", "5"), ("grpc-status", "0"))));
        Assert.Equal(
            "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n12c\r\n" + new string('\0', 300)
            + "\r\n0\r\nx-sum: 1\r\ngrpc-status: 0\r\n\r\n",
            client.Written());
        Assert.True(client.Connection.IsSendOver);
    }

    [Fact]
    public void The_last_piece_carries_the_end()
    {
        Peer client = Sending(Peer.Request("POST"), endStream: false);
        client.Written();
        client.Connection.WriteData("hi"u8, endStream: true);
        Assert.Equal("2\r\nhi\r\n0\r\n\r\n", client.Written());
        Peer large = Sending(Peer.Request("POST"), endStream: false);
        large.Written();
        large.Connection.WriteData(new byte[70_000], endStream: true);
        Assert.Equal($"11170\r\n{new string('\0', 70_000)}\r\n0\r\n\r\n", large.Written());
    }

    [Theory]
    [InlineData("HTTP/1.1", "GET", 200, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", true)]
    [InlineData("HTTP/1.0", "GET", 200, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nx", false)]
    [InlineData("HTTP/1.1", "HEAD", 200, "HTTP/1.1 200 OK\r\n\r\n", true)]
    [InlineData("HTTP/1.1", "GET", 204, "HTTP/1.1 204 No Content\r\n\r\n", true)]
    [InlineData("HTTP/1.1", "GET", 304, "HTTP/1.1 304 Not Modified\r\n\r\n", true)]
    public void A_body_of_unknown_length_is_framed_as_the_client_understands(string version, string method, int status, string expected, bool lasts)
    {
        Peer server = Asking(version, method);
        Assert.Equal(expected, server.Respond(Peer.Response(status), "x"));
        Assert.Equal(lasts, server.Connection.CanReuse);
        Assert.Equal(!lasts, server.Connection.MustClose);
    }

    [Theory]
    [InlineData("GET", 200, "Content-Length: 1\r\n", "x")]
    [InlineData("HEAD", 200, "Content-Length: 1\r\n", "")]
    [InlineData("GET", 304, "Content-Length: 1\r\n", "")]
    [InlineData("GET", 204, "", "")]
    public void A_declared_length_is_kept_where_it_may_be(string method, int status, string field, string body)
    {
        string written = Asking(method: method).Respond(Peer.Response(status, ("content-length", "01")), body);
        Assert.Equal($"\r\n{field}\r\n{body}", written[written.IndexOf("\r\n", StringComparison.Ordinal)..]);
    }

    [Fact]
    public void A_response_without_a_body_says_so()
    {
        Assert.Equal("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Asking().Respond(Peer.Response(404)));
        Assert.Equal("HTTP/1.1 799 \r\nContent-Length: 0\r\n\r\n", Asking().Respond(Peer.Response(799)));
    }

    [Theory]
    [InlineData("HTTP/1.1", "", "", true)]
    [InlineData("HTTP/1.1", "Connection: close\r\n", "Connection: close\r\n", false)]
    [InlineData("HTTP/1.0", "", "Connection: close\r\n", false)]
    [InlineData("HTTP/1.0", "Connection: keep-alive\r\n", "Connection: keep-alive\r\n", true)]
    public void The_response_says_whether_the_connection_lasts(string version, string fields, string said, bool lasts)
    {
        Peer server = Asking(version, fields: fields);
        Assert.Equal($"HTTP/1.1 200 OK\r\n{said}Content-Length: 0\r\n\r\n", server.Respond(Peer.Response()));
        Assert.Equal(lasts, server.Connection.CanReuse);
    }

    [Fact]
    public void The_owner_can_end_the_connection()
    {
        Peer server = Asking();
        server.Connection.CloseAfterExchange();
        Assert.Contains("Connection: close", server.Respond(Peer.Response()), StringComparison.Ordinal);
        Assert.True(server.Connection.MustClose);
        Peer client = Peer.Client();
        client.Connection.CloseAfterExchange();
        Assert.True(client.Connection.WriteHeaders(Peer.Request("GET", "/", ("te", "trailers")), endStream: true));
        Assert.Contains("Connection: close, TE\r\n", client.Written(), StringComparison.Ordinal);
        client.Feed("HTTP/1.1 204 No Content\r\n\r\n");
        Assert.False(client.Connection.CanReuse);
    }

    [Fact]
    public void What_follows_a_closing_response_is_not_answered()
    {
        Peer server = Asking(fields: "Connection: close\r\n");
        server.Respond(Peer.Response());
        server.Feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Single(server.Events);
    }

    [Fact]
    public void Interim_responses_reach_clients_that_know_them()
    {
        Peer server = Asking(method: "POST", fields: "Content-Length: 1\r\nExpect: 100-continue\r\n");
        Assert.EndsWith("expect: 100-continue", server.Events[0], StringComparison.Ordinal);
        Assert.True(server.Connection.WantsContinue);
        Assert.True(server.Connection.WriteHeaders(Peer.Response(103, ("link", "</a>")), endStream: false));
        Assert.True(server.Connection.WantsContinue);
        Assert.True(server.Connection.WriteHeaders(Peer.Response(100), endStream: false));
        Assert.False(server.Connection.WantsContinue);
        Assert.Equal("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", server.Written());
        server.Feed("x").Respond(Peer.Response());
        Assert.True(server.Connection.CanReuse);

        Peer old = Asking("HTTP/1.0", "POST", "Content-Length: 1\r\nExpect: 100-continue\r\n");
        Assert.DoesNotContain("expect", old.Events[0], StringComparison.Ordinal);
        Assert.False(old.Connection.WantsContinue);
        Assert.True(old.Connection.WriteHeaders(Peer.Response(100), endStream: false));
        Assert.Equal("", old.Written());
    }

    [Fact]
    public void Body_bytes_show_that_the_client_does_not_wait()
    {
        Peer server = Asking(method: "POST", fields: "Content-Length: 2\r\nExpect: 100-Continue\r\n").Feed("x");
        Assert.False(server.Connection.WantsContinue);
    }

    [Fact]
    public void A_final_response_while_the_client_waits_ends_the_connection()
    {
        Peer server = Asking(method: "POST", fields: "Content-Length: 1\r\nExpect: 100-continue\r\n");
        Assert.Contains("Connection: close\r\n", server.Respond(Peer.Response(403)), StringComparison.Ordinal);
        Assert.True(server.Connection.MustClose);
    }

    [Fact]
    public void A_response_before_the_request_is_whole_leaves_it_to_be_read()
    {
        Peer server = Asking(method: "POST", fields: "Content-Length: 3\r\n").Feed("x");
        server.Respond(Peer.Response(403));
        Assert.False(server.Connection.IsIdle);
        Assert.False(server.Connection.MustClose);
        server.Feed("yzGET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(3, server.Events.Count);
    }

    [Fact]
    public void A_broken_request_can_be_answered()
    {
        Peer server = Peer.Server().Feed("GET /\r\n");
        Assert.False(server.Connection.MustClose);
        Assert.Equal("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            server.Respond(Peer.Response(400, ("content-type", "text/plain")), "x"));
        Assert.True(server.Connection.MustClose);
    }

    [Fact]
    public void More_than_the_declared_length_is_refused()
    {
        Peer client = Sending(Peer.Request("POST", "/", ("content-length", "3")), endStream: false);
        client.Written();
        Assert.True(client.Connection.WriteData("ab"u8, endStream: false));
        Assert.False(client.Connection.WriteData("cd"u8, endStream: false));
        Assert.Equal("more data than content-length", client.Connection.Refusal);
        Assert.Equal("ab", client.Written());
        Assert.False(client.Connection.CanReuse);
    }

    [Fact]
    public void Less_than_the_declared_length_is_refused()
    {
        Peer server = Asking();
        Assert.True(server.Connection.WriteHeaders(Peer.Response(200, ("content-length", "3")), endStream: false));
        Assert.False(server.Connection.WriteData("ab"u8, endStream: true));
        Assert.False(server.Connection.IsSendOver);
        Assert.False(server.Connection.WriteTrailers(new HeaderList()));
        Assert.False(server.Connection.CanReuse);
        Assert.False(Asking().Connection.WriteHeaders(Peer.Response(200, ("content-length", "3")), endStream: true));
        Assert.False(Peer.Client().Connection.WriteHeaders(Peer.Request("POST", "/", ("content-length", "3")), endStream: true));
    }

    [Theory]
    [InlineData("a b", "v")]
    [InlineData("a:", "v")]
    [InlineData("A", "v")]
    [InlineData("a\r\nb", "v")]
    [InlineData("a\n", "v")]
    [InlineData("a\0", "v")]
    [InlineData("", "v")]
    [InlineData(":a", "v")]
    [InlineData("\u00e9", "v")]
    [InlineData("a", "v\r\nb: c")]
    [InlineData("a", "v\n")]
    [InlineData("a", "v\r")]
    [InlineData("a", "v\0")]
    [InlineData("a", "\u007f")]
    [InlineData("accept", "v\r\n\r\nGET / HTTP/1.1")]
    [InlineData("cookie", "v\n")]
    [InlineData("host", "b.test")]
    [InlineData("connection", "close")]
    [InlineData("keep-alive", "1")]
    [InlineData("proxy-connection", "x")]
    [InlineData("transfer-encoding", "chunked")]
    [InlineData("upgrade", "x")]
    [InlineData("te", "gzip")]
    [InlineData("content-length", "+1")]
    [InlineData("content-length", "1, 1")]
    [InlineData("content-length", "")]
    [InlineData("content-length", "99999999999999999999")]
    [InlineData(":path", "/")]
    [InlineData(":status", "200")]
    public void A_field_that_would_smuggle_is_refused(string name, string value)
    {
        Peer client = Peer.Client();
        Assert.False(client.Connection.WriteHeaders(Peer.Request("POST", "/", ("x", "y"), (name, value)), endStream: false));
        Assert.NotNull(client.Connection.Refusal);
        Assert.Equal("", client.Written());
        Assert.True(client.Connection.WriteHeaders(Peer.Request(), endStream: true), "nothing was sent, so another request can be");

        Peer server = Asking();
        bool isFineInResponses = name == "host";
        Assert.Equal(isFineInResponses, server.Connection.WriteHeaders(Peer.Response(200, ("x", "y"), (name, value)), endStream: false));
        Assert.True(isFineInResponses || server.Written().Length == 0);
    }

    [Theory]
    [InlineData("content-length", "1", "content-length", "1")]
    [InlineData("host", "a.test", "host", "a.test")]
    public void A_field_that_must_be_alone_is_refused_twice(string name, string value, string again, string other)
    {
        Assert.False(Peer.Client().Connection.WriteHeaders(Peer.Request("POST", "/", (name, value), (again, other)), endStream: false));
    }

    [Theory]
    [InlineData(":method", "G T")]
    [InlineData(":method", "")]
    [InlineData(":method", "GET / HTTP/1.1\r\n")]
    [InlineData(":method", "CONNECT")]
    [InlineData(":path", "/ HTTP/1.1\r\nX: y")]
    [InlineData(":path", "/a b")]
    [InlineData(":path", "/\t")]
    [InlineData(":path", "/\0")]
    [InlineData(":path", "/#f")]
    [InlineData(":path", "")]
    [InlineData(":path", "x")]
    [InlineData(":path", "*")]
    [InlineData(":path", "http://other/")]
    [InlineData(":authority", "a\r\nX: y")]
    [InlineData(":authority", "a b")]
    [InlineData(":authority", "u@a")]
    [InlineData(":authority", "a/b")]
    [InlineData(":protocol", "websocket")]
    public void A_request_line_that_would_smuggle_is_refused(string name, string value)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [":method"] = "GET",
            [":scheme"] = "http",
            [":authority"] = "a.test",
            [":path"] = "/",
        };
        fields[name] = value;
        Peer client = Peer.Client();
        Assert.False(client.Connection.WriteHeaders(Endpoint.List([.. fields.Select(field => (field.Key, field.Value))]), endStream: true));
        Assert.Equal("", client.Written());
    }

    [Theory]
    [InlineData("")]
    [InlineData("20")]
    [InlineData("2000")]
    [InlineData("2 0")]
    [InlineData("099")]
    [InlineData("101")]
    [InlineData("+20")]
    public void A_status_that_is_none_is_refused(string status)
    {
        Assert.False(Asking().Connection.WriteHeaders(Endpoint.List((":status", status)), endStream: true));
    }

    [Fact]
    public void Trailers_that_would_smuggle_are_refused()
    {
        Peer client = Sending(Peer.Request("POST"), endStream: false);
        client.Written();
        Assert.False(client.Connection.WriteTrailers(Endpoint.List(("x", "a\r\n\r\nGET / HTTP/1.1"))));
        Assert.Equal("", client.Written());
        Assert.False(client.Connection.CanReuse);
    }
}
