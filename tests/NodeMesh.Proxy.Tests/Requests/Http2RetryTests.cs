using System.Net;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>Requests with bodies that an HTTP/2 application hands back: it did nothing about them, so they are sent once more, whole.</summary>
public sealed class Http2RetryTests
{
    private const int RefusedStream = 7;

    private static readonly byte[] Body = [.. Enumerable.Range(0, 40_000).Select(i => (byte)i)];

    [Fact]
    public async Task A_refused_stream_is_sent_again_with_its_body()
    {
        await using var pair = await HttpPair.StartRawAsync(AppProtocol.Http2);
        var asked = pair.Client.PostAsync("/", new ByteArrayContent(Body));
        using var server = await Http2Frame.AcceptAsync(pair);
        var first = await Http2Frame.ReceiveRequestAsync(server);
        await Http2Frame.SendAsync(server, Http2Frame.Of(8, 0, 0, 0, 1, 0, 0), Http2Frame.ResetOf(first.Stream, RefusedStream));

        var second = await Http2Frame.ReceiveRequestAsync(server);
        Assert.NotEqual(first.Stream, second.Stream);
        Assert.Equal(Body, first.Body);
        Assert.Equal(Body, second.Body);
        await AnswerAsync(pair, server, second.Stream, asked);
    }

    [Fact]
    public async Task A_stream_behind_a_GOAWAY_is_sent_again_with_its_body_on_another_connection()
    {
        await using var pair = await HttpPair.StartRawAsync(AppProtocol.Http2);
        var asked = pair.Client.PostAsync("/", new ByteArrayContent(Body));
        using var first = await Http2Frame.AcceptAsync(pair);
        await Http2Frame.ReceiveRequestAsync(first);
        await Http2Frame.SendAsync(first, Http2Frame.GoAwayAfter(0));

        using var second = await Http2Frame.AcceptAsync(pair);
        var (stream, body) = await Http2Frame.ReceiveRequestAsync(second);
        Assert.Equal(Body, body);
        first.Close();
        await AnswerAsync(pair, second, stream, asked);
    }

    [Fact]
    public async Task A_body_that_is_half_sent_is_sent_again_from_its_beginning()
    {
        await using var pair = await HttpPair.StartRawAsync(AppProtocol.Http2);
        using var client = await pair.DialAsync();
        await client.SendTextAsync("POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 10\r\n\r\nfirst");
        using var server = await Http2Frame.AcceptAsync(pair);
        var head = await Http2Frame.ReceiveAsync(server, Http2Frame.Headers);
        Assert.Equal("first"u8.ToArray(), (await Http2Frame.ReceiveAsync(server, Http2Frame.Data)).Payload);
        await Http2Frame.SendAsync(server, Http2Frame.ResetOf(head.Stream, RefusedStream));
        head = await Http2Frame.ReceiveAsync(server, Http2Frame.Headers);
        Assert.Equal("first"u8.ToArray(), (await Http2Frame.ReceiveAsync(server, Http2Frame.Data)).Payload);
        await client.SendTextAsync("-last");
        Assert.Equal("-last"u8.ToArray(), (await Http2Frame.ReceiveAsync(server, Http2Frame.Data)).Payload);
        await Http2Frame.SendAsync(server, Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndStream | Http2Frame.EndHeaders, head.Stream, Http2Frame.Ok));
        Assert.StartsWith("HTTP/1.1 200", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_body_larger_than_what_is_kept_is_not_sent_again()
    {
        await using var pair = await HttpPair.StartRawAsync(AppProtocol.Http2);
        var asked = pair.Client.PostAsync("/", new ByteArrayContent(new byte[200_000]));
        using var server = await Http2Frame.AcceptAsync(pair);
        var head = await Http2Frame.ReceiveAsync(server, Http2Frame.Headers);
        var received = 0;
        // The window of 65,535 bytes is used up: more than what is kept has not been sent, and yet all of it has.
        while (received < 65_535)
        {
            received += (await Http2Frame.ReceiveAsync(server, Http2Frame.Data)).Payload.Length;
        }

        await Http2Frame.SendAsync(server, Http2Frame.Of(8, 0, 0, 0, 1, 0, 0), Http2Frame.Of(8, 0, head.Stream, 0, 1, 0, 0));
        while (received < 65_535 + 65_536)
        {
            received += (await Http2Frame.ReceiveAsync(server, Http2Frame.Data)).Payload.Length;
        }

        await Http2Frame.SendAsync(server, Http2Frame.ResetOf(head.Stream, RefusedStream));
        using var response = await asked;
        Assert.Equal(RefusalCodes.HttpStatus(RefusalCode.UpstreamClosed), (int)response.StatusCode);
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    private static async Task AnswerAsync(HttpPair pair, System.Net.Sockets.Socket server, int stream, Task<HttpResponseMessage> asked)
    {
        await Http2Frame.SendAsync(
            server,
            Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndHeaders, stream, Http2Frame.Ok),
            Http2Frame.Of(Http2Frame.Data, Http2Frame.EndStream, stream, "once"u8.ToArray()));
        using var response = await asked;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("once", await response.Content.ReadAsStringAsync());
        Assert.Equal(1, pair.Mesh.Server.Metric("nodemesh_request_retries_total"));
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }
}
