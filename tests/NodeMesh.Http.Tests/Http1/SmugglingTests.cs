using NodeMesh.Http.Http1;

namespace NodeMesh.Http.Tests.Http1;

/// <summary>A corpus of messages that two parsers could read differently. Each is refused, as request and as response, and what follows is never parsed.</summary>
public sealed class SmugglingTests
{
    private const string Inner = "GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n";

    [Theory]
    [InlineData("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", Http1Smuggling.TwoLengths)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", Http1Smuggling.TwoLengths)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", Http1Smuggling.TwoLengths)]
    [InlineData("Content-Length: 4\r\nContent-Length: 4\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: 4\r\nContent-Length: 5\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: 4\r\ncontent-LENGTH: 5\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: 4, 4\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: +4\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: -4\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: 4 4\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: 0x4\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: 4.0\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: 4e0\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: \r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: a\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: 9223372036854775808\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: 18446744073709551620\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Content-Length: \u00b2\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: identity\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: chunked, chunked\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: chunked, identity\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: chunked,\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: ,chunked\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: xchunked\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: chunkedx\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: \"chunked\"\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: chunked;q=1\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: x chunked\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding:\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: \u212ahunked\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding: chunked\u00a0\r\n", Http1Smuggling.TransferEncoding)]
    [InlineData("Transfer-Encoding : chunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("Transfer-Encoding\t: chunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("Transfer-Encoding\r\n: chunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("Transfer-Encoding: chunked\v\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("Transfer-Encoding: \fchunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("Transfer-Encoding: chunked\0\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("Transfer-Encoding: chunked\rX: y\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("X: y\rTransfer-Encoding: chunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("X: y\nTransfer-Encoding: chunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("X: y\n\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("X: y\r\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("X: y\r\n Transfer-Encoding: chunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("X: y\r\n\tz\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData(" Transfer-Encoding: chunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("\u0001Transfer-Encoding: chunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("Transfer\u0000Encoding: chunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("Transfer Encoding: chunked\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("Content-Length : 4\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("Content-Length\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData(": x\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData(":\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData(":path: /other\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("X(y): z\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("X\u00e9: z\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("X: \u007f\r\n", Http1Smuggling.FieldSyntax)]
    [InlineData("X: \u001b[0m\r\n", Http1Smuggling.FieldSyntax)]
    public void An_ambiguous_head_is_refused(string fields, Http1Smuggling smuggling)
    {
        byte[] ambiguous = [.. fields.Select(c => (byte)c)];
        Peer server = Peer.Server();
        server.Feed([.. "POST / HTTP/1.1\r\nHost: a\r\n"u8, .. ambiguous, .. "\r\n0\r\n\r\n"u8, .. System.Text.Encoding.ASCII.GetBytes(Inner)]);
        Assert.Equal(smuggling, server.Handler.Error?.Smuggling);
        Assert.Contains(server.Handler.Error!.Value.Status, new[] { 400, 501 });
        Assert.Single(server.Events);
        Assert.True(server.Connection.WriteHeaders(Peer.Response(server.Handler.Error!.Value.Status), endStream: true));
        Assert.Contains("Connection: close\r\n", server.Written(), StringComparison.Ordinal);
        Assert.True(server.Connection.MustClose);

        Peer client = Peer.Asked();
        client.Feed([.. "HTTP/1.1 200 OK\r\n"u8, .. ambiguous, .. "\r\n0\r\n\r\n"u8, .. "HTTP/1.1 200 OK\r\n\r\n"u8]);
        Assert.Equal((502, smuggling), (client.Handler.Error?.Status, client.Handler.Error?.Smuggling));
        Assert.Single(client.Events);
        Assert.True(client.Connection.MustClose);
    }

    [Fact]
    public void Transfer_encoding_in_http_1_0_is_refused()
    {
        Peer.Server().Feed("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")
            .AssertError(Http1ErrorKind.BadFraming, 400, Http1Smuggling.TransferEncoding);
        Peer.Asked().Feed("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            .AssertError(Http1ErrorKind.BadFraming, 502, Http1Smuggling.TransferEncoding);
    }

    [Theory]
    [InlineData("Content-Length: 1\r\n", Http1Smuggling.ContentLength)]
    [InlineData("Transfer-Encoding: chunked\r\n", Http1Smuggling.TransferEncoding)]
    public void A_body_on_connect_is_refused(string field, Http1Smuggling smuggling)
    {
        Peer.Server(new Http1Options { AllowConnect = true }).Feed($"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n{field}\r\n")
            .AssertError(Http1ErrorKind.BadFraming, 400, smuggling);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("g\r\n")]
    [InlineData("+5\r\nhello\r\n")]
    [InlineData("-5\r\nhello\r\n")]
    [InlineData("0x5\r\nhello\r\n")]
    [InlineData("5h\r\nhello\r\n")]
    [InlineData(" 5\r\nhello\r\n")]
    [InlineData("5 \r\nhello\r\n")]
    [InlineData("5\t\r\nhello\r\n")]
    [InlineData("5 ;x\r\nhello\r\n")]
    [InlineData("5\nhello\r\n")]
    [InlineData("5\rhello\r\n")]
    [InlineData("5\r\rhello\r\n")]
    [InlineData("5\0\r\nhello\r\n")]
    [InlineData("5;x\nhello\r\n")]
    [InlineData("5;x\ry\r\nhello\r\n")]
    [InlineData("5;x\0\r\nhello\r\n")]
    [InlineData("5;\u0001\r\nhello\r\n")]
    [InlineData("5\r\nhelloX\r\n")]
    [InlineData("5\r\nhello\n0\r\n")]
    [InlineData("5\r\nhello\rX")]
    [InlineData("5\r\nhello0\r\n")]
    [InlineData("5\r\nhello\r\n\r\n0\r\n\r\n")]
    [InlineData("8000000000000000\r\n")]
    [InlineData("ffffffffffffffff\r\n")]
    [InlineData("10000000000000005\r\nhello\r\n")]
    [InlineData("00000000000000005\r\nhello\r\n")]
    public void An_ambiguous_chunk_is_refused(string body)
    {
        Peer server = Peer.Server().Feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body + Inner);
        server.AssertError(Http1ErrorKind.BadChunk, 400, Http1Smuggling.ChunkSyntax);
        Assert.DoesNotContain(server.Events, line => line.EndsWith(" end", StringComparison.Ordinal));
        Peer client = Peer.Asked().Feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + Inner);
        client.AssertError(Http1ErrorKind.BadChunk, 502, Http1Smuggling.ChunkSyntax);
    }

    [Theory]
    [InlineData("X : y\r\n")]
    [InlineData(" X: y\r\n")]
    [InlineData("X: y\nZ: a\r\n")]
    [InlineData("X: y\r\n z\r\n")]
    [InlineData("\n")]
    [InlineData("GET / HTTP/1.1\r\n")]
    public void Ambiguous_trailers_are_refused(string trailers)
    {
        Peer.Server().Feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + trailers + "\r\n")
            .AssertError(Http1ErrorKind.BadField, 400, Http1Smuggling.FieldSyntax);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    [InlineData("GET / HTTP/1.1\rHost: a\r\n\r\n")]
    [InlineData("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003")]
    public void Bare_line_ends_in_a_start_line_are_refused(string bytes)
    {
        Peer.Server().Feed(bytes).AssertError(Http1ErrorKind.BadField, 400, Http1Smuggling.FieldSyntax);
    }

    [Fact]
    public void A_get_with_a_body_is_read_as_one_request()
    {
        Peer server = Peer.Server().Feed("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: " + Inner.Length + "\r\n\r\n" + Inner);
        Assert.Equal(2, server.Events.Count);
        Assert.Equal("data " + Inner + " end", server.Events[1]);
    }
}
