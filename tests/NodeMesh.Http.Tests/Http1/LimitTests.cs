using NodeMesh.Http.Http1;

namespace NodeMesh.Http.Tests.Http1;

/// <summary>Each limit is filled to its last byte, which passes, and exceeded by one, which does not.</summary>
public sealed class LimitTests
{
    private const string Chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static void Check(Func<int, string> input, int limit, Http1ErrorKind kind, int status, Http1Options? options = null)
    {
        Peer fits = Peer.Server(options).Feed(input(limit));
        Assert.True(fits.Handler.Error is null, fits.Handler.Error?.ToString());
        Peer.Server(options).Feed(input(limit + 1)).AssertError(kind, status);
        Peer.Server(options).FeedInPieces(System.Text.Encoding.ASCII.GetBytes(input(limit + 1)), new Random(limit)).AssertError(kind, status);
    }

    [Fact]
    public void The_request_line_is_bounded() =>
        Check(size => $"GET /{new string('x', size - 14)} HTTP/1.1\r\nHost: a\r\n\r\n", 8192, Http1ErrorKind.StartLineTooLong, 414);

    [Fact]
    public void The_request_line_is_bounded_before_it_ends() =>
        Peer.Server().Feed("GET /" + new string('x', 9000)).AssertError(Http1ErrorKind.StartLineTooLong, 414);

    [Fact]
    public void The_head_is_bounded() =>
        Check(size => $"GET / HTTP/1.1\r\nHost: a\r\nKeep-Alive: {new string('x', size - 39)}\r\n\r\n", 1000, Http1ErrorKind.HeadTooLarge, 431, new Http1Options { MaxHead = 1000, MaxStartLine = 100 });

    [Fact]
    public void The_head_is_bounded_before_it_ends() =>
        Peer.Server().Feed("GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', 61_440)).AssertError(Http1ErrorKind.HeadTooLarge, 431);

    [Fact]
    public void The_head_fits_http2_further_on()
    {
        var options = new Http1Options { MaxHead = 2000, MaxStartLine = 100 };
        string fields = string.Concat(Enumerable.Range(0, 60).Select(i => $"a{i}: b\r\n"));
        Assert.InRange(fields.Length, 1, 700);
        Peer.Server(options).Feed($"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").AssertError(Http1ErrorKind.HeadTooLarge, 431);
    }

    [Fact]
    public void The_fields_are_counted() =>
        Check(count => "GET / HTTP/1.1\r\nHost: a\r\n" + string.Concat(Enumerable.Repeat("Connection: close\r\n", count - 1)) + "\r\n", 32, Http1ErrorKind.HeadTooLarge, 431, new Http1Options { MaxHeaderFields = 32 });

    [Fact]
    public void A_hundred_fields_pass() =>
        Check(count => "GET / HTTP/1.1\r\nHost: a\r\n" + string.Concat(Enumerable.Repeat("Cookie: a=b\r\n", count - 1)) + "\r\n", 100, Http1ErrorKind.HeadTooLarge, 431);

    [Fact]
    public void A_chunk_size_has_a_bounded_number_of_digits() =>
        Check(digits => Chunked + new string('0', digits - 1) + "1\r\nx\r\n0\r\n\r\n", 16, Http1ErrorKind.BadChunk, 400);

    [Fact]
    public void A_chunk_extension_is_bounded() =>
        Check(size => Chunked + "1;" + new string('x', size - 1) + "\r\nx\r\n0\r\n\r\n", 256, Http1ErrorKind.BadChunk, 400);

    [Fact]
    public void Chunk_extensions_are_bounded_together() =>
        Check(count => Chunked + string.Concat(Enumerable.Repeat("1;1234567\r\nx\r\n", count)), 2048, Http1ErrorKind.BadChunk, 400);

    [Fact]
    public void Trailers_are_bounded() =>
        Check(size => Chunked + "0\r\nX: " + new string('x', size - 5) + "\r\n\r\n", 8192, Http1ErrorKind.HeadTooLarge, 431);

    [Fact]
    public void Trailers_are_counted() =>
        Check(count => Chunked + "0\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", count)) + "\r\n", 32, Http1ErrorKind.HeadTooLarge, 431);

    [Fact]
    public void What_stays_unread_is_bounded()
    {
        var options = new Http1Options();
        Peer server = Peer.Server(options);
        server.Feed("GET / HTTP/1.1\r\nHost: a\r\nX: ");
        for (int i = 0; i < 62 && server.Handler.Error is null; i++)
        {
            server.Feed(new string('x', 1000));
            Assert.InRange(server.Unread, 0, options.MaxInputBuffered);
        }
        Assert.NotNull(server.Handler.Error);
        Assert.Equal(0, server.Unread);
    }

    [Theory]
    [InlineData("G")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: ")]
    public void A_head_that_does_not_end_in_time_is_answered_with_408(string begun)
    {
        Peer server = Peer.Server().Feed(begun);
        server.Connection.ReceiveTimeout();
        server.AssertError(Http1ErrorKind.SlowHead, 408);
        Assert.StartsWith("HTTP/1.1 408 Request Timeout\r\n", server.Respond(Peer.Response(408)), StringComparison.Ordinal);
        Assert.True(server.Connection.MustClose);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    public void Without_a_head_under_way_there_is_none_to_time_out(string received)
    {
        Peer server = Peer.Server().Feed(received);
        server.Connection.ReceiveTimeout();
        Assert.Null(server.Handler.Error);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.Throws<InvalidOperationException>(() => Peer.Server(new Http1Options { MaxHead = 100 }));
        Assert.Throws<InvalidOperationException>(() => Peer.Server(new Http1Options { MaxHeaderFields = 0 }));
        Assert.Throws<InvalidOperationException>(() => Peer.Server(new Http1Options { MaxChunkSizeDigits = 0 }));
    }
}
