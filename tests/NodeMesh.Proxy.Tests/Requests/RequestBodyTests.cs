using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>Bodies, and what stands before and behind them.</summary>
public sealed class RequestBodyTests
{
    /// <summary>What the two ends' sockets, windows and this daemon's own bounds hold of a stream that nobody reads.</summary>
    private const int MaxHeld = 8 * 1024 * 1024;

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order_and_responses_without_body_have_none()
    {
        await using var pair = await HttpPair.StartAsync(AppProtocol.Http, context =>
        {
            if (context.Request.Path.Value is "/204" or "/304")
            {
                context.Response.StatusCode = int.Parse(context.Request.Path.Value[1..], System.Globalization.CultureInfo.InvariantCulture);
                return Task.CompletedTask;
            }

            context.Response.ContentLength = 4;
            return context.Response.WriteAsync("body");
        });
        using var client = await pair.DialAsync();
        await client.SendTextAsync(string.Concat(new[] { "HEAD /", "GET /204", "GET /304", "GET /", "GET /204", "GET /" }
            .Select(line => $"{line} HTTP/1.1\r\nHost: orders.shop.mesh\r\n\r\n")));
        foreach (var (status, body) in new[] { ("200", ""), ("204", ""), ("304", ""), ("200", "body"), ("204", ""), ("200", "body") })
        {
            Assert.StartsWith($"HTTP/1.1 {status}", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
            Assert.Equal(body, await client.ReceiveTextAsync(body.Length));
        }

        client.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_client_that_expects_100_hears_it_from_the_application_before_it_sends()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await pair.DialAsync();
        await client.SendTextAsync("POST / HTTP/1.1\r\nHost: o\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        using var server = await pair.AcceptAsync();
        Assert.Equal("100-continue", (await server.ReceiveHeadAsync()).Field("expect"));
        await server.SendTextAsync("HTTP/1.1 100 Continue\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReceiveHeadAsync());
        await client.SendTextAsync("hello");
        Assert.Equal("hello", await server.ReceiveTextAsync(5));
        await server.SendTextAsync("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Assert.Equal("</a>", (await client.ReceiveHeadAsync()).Field("link"));
        Assert.StartsWith("HTTP/1.1 200", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("ok", await client.ReceiveTextAsync(2));
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Trailers_of_an_HTTP2_application_reach_the_client(string client)
    {
        await using var pair = await HttpPair.StartAsync(
            AppProtocol.Http2,
            async context =>
            {
                context.Response.DeclareTrailer("x-sum");
                await context.Response.WriteAsync("body");
                context.Response.AppendTrailer("x-sum", "42");
            },
            Version.Parse(client));
        using var response = await pair.Client.GetAsync("/");
        Assert.Equal("body", await response.Content.ReadAsStringAsync());
        Assert.Equal("42", response.TrailingHeaders.GetValues("x-sum").Single());
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Trailers_of_an_HTTP1_application_reach_the_client(string client)
    {
        await using var pair = await HttpPair.StartRawAsync(clientVersion: Version.Parse(client));
        var asked = pair.Client.GetAsync("/");
        using var server = await pair.AcceptRequestAsync();
        await server.SendTextAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n4\r\nbody\r\n0\r\nx-sum: 42\r\n\r\n");
        using var response = await asked;
        Assert.Equal("body", await response.Content.ReadAsStringAsync());
        Assert.Equal("42", response.TrailingHeaders.GetValues("x-sum").Single());
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_gRPC_call_that_fails_with_trailers_alone_fails_so_at_the_client_and_in_the_log()
    {
        await using var pair = await HttpPair.StartAsync(
            AppProtocol.Grpc,
            context =>
            {
                context.Response.ContentType = "application/grpc";
                context.Response.Headers["grpc-status"] = "5";
                return Task.CompletedTask;
            },
            HttpVersion.Version20);
        using var call = new HttpRequestMessage(HttpMethod.Post, "/shop.Orders/Get") { Version = HttpVersion.Version20, Content = new ByteArrayContent([0, 0, 0, 0, 0]) };
        call.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        call.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await pair.Client.SendAsync(call);
        Assert.Equal("5", response.Headers.GetValues("grpc-status").Single());
        var line = await pair.Mesh.Caller.Lines.OnlyAsync();
        Assert.Equal(5, line.GetProperty("grpc_status").GetInt32());
        Assert.Equal("grpc", line.GetProperty("protocol").GetString());
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_answer_that_comes_before_the_request_is_whole_reaches_the_client_and_the_connection_goes_on()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await pair.DialAsync();
        await client.SendTextAsync("POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 100000\r\n\r\nbegun");
        using var server = await pair.AcceptRequestAsync();
        await server.SendTextAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        await client.SendTextAsync(new string('x', 100_000 - 5));

        await client.SendTextAsync("GET / HTTP/1.1\r\nHost: o\r\n\r\n");
        using var next = await pair.AcceptAsync();
        Assert.StartsWith("GET / ", await next.ReceiveHeadAsync(), StringComparison.Ordinal);
        await next.SendTextAsync("HTTP/1.1 204 No Content\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 204", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        client.Close();
        next.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_client_of_HTTP_1_0_gets_a_body_of_unknown_length_until_the_close()
    {
        await using var pair = await HttpPair.StartAsync(AppProtocol.Http, context => context.Response.WriteAsync("all of it"));
        using var client = await pair.DialAsync();
        await client.SendTextAsync("GET / HTTP/1.0\r\nHost: o\r\n\r\n");
        var head = await client.ReceiveHeadAsync();
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.Null(head.Field("transfer-encoding"));
        Assert.Equal("all of it"u8.ToArray(), await client.ReceiveToEndAsync());
        client.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [MemberData(nameof(RequestTests.Versions), MemberType = typeof(RequestTests))]
    public async Task A_client_that_does_not_read_costs_bounded_memory_and_its_leaving_cancels_the_application(AppProtocol application, string client)
    {
        var cancelled = new TaskCompletionSource();
        var written = 0L;
        await using var pair = await HttpPair.StartAsync(
            application,
            async context =>
            {
                context.RequestAborted.Register(cancelled.SetResult);
                var piece = new byte[64 * 1024];
                while (!context.RequestAborted.IsCancellationRequested)
                {
                    await context.Response.Body.WriteAsync(piece, context.RequestAborted);
                    Interlocked.Add(ref written, piece.Length);
                }
            },
            Version.Parse(client));
        using var response = await pair.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await UntilStillAsync(() => Interlocked.Read(ref written));
        await AssertBoundedAsync(pair);
        response.Dispose();
        await cancelled.Task.WaitAsync(Until.Patience);
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [MemberData(nameof(RequestTests.Versions), MemberType = typeof(RequestTests))]
    public async Task An_application_that_does_not_read_holds_the_client_up_and_gets_all_when_it_does(AppProtocol application, string client)
    {
        const int Size = 64 * 1024 * 1024;
        var reads = new TaskCompletionSource();
        await using var pair = await HttpPair.StartAsync(
            application,
            async context =>
            {
                await reads.Task;
                var buffer = new byte[64 * 1024];
                var total = 0L;
                while (await context.Request.Body.ReadAsync(buffer) is > 0 and var count)
                {
                    total += count;
                }

                await context.Response.WriteAsync($"{total}");
            },
            Version.Parse(client));
        var source = new CountingStream(Size);
        var sent = pair.Client.PostAsync("/", new StreamContent(source));
        await UntilStillAsync(() => source.Given);
        Assert.InRange(source.Given, 1, Size / 2);
        await AssertBoundedAsync(pair);
        reads.SetResult();
        using var response = await sent;
        Assert.Equal($"{Size}", await response.Content.ReadAsStringAsync());
        await pair.AssertNothingIsLeftAsync();
    }

    private static async Task AssertBoundedAsync(HttpPair pair)
    {
        foreach (var node in new[] { pair.Mesh.Caller, pair.Mesh.Server })
        {
            var held = await node.OnLoop(() => (long)node.Loop.Buffers.Rented * Transport.Buffers.PooledBuffer.Size);
            Assert.InRange(held, 0, MaxHeld);
        }
    }

    /// <summary>Waits until a count has grown from nothing and grows no more.</summary>
    private static async Task UntilStillAsync(Func<long> count)
    {
        var (last, same) = (0L, 0);
        await Until.TrueAsync(
            async () =>
            {
                await Task.Delay(10);
                var now = count();
                same = now == last && now > 0 ? same + 1 : 0;
                last = now;
                return same == 30;
            },
            "the sender is held up");
    }
}
