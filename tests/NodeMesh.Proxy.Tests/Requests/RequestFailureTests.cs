using System.Net;
using System.Net.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Tunnels;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>What becomes of a request when one of its ends goes.</summary>
public sealed class RequestFailureTests : IAsyncLifetime
{
    private const string Get = "GET / HTTP/1.1\r\nHost: orders.shop.mesh\r\n\r\n";

    private const string Post = "POST / HTTP/1.1\r\nHost: orders.shop.mesh\r\nContent-Length: 5\r\n\r\nhello";

    private const string NoContent = "HTTP/1.1 204 No Content\r\n\r\n";

    private HttpPair _pair = null!;

    public async Task InitializeAsync() => _pair = await HttpPair.StartRawAsync();

    public async Task DisposeAsync()
    {
        await using var pair = _pair;
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_goes_while_it_waits_cancels_the_application_at_once(bool byReset)
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        Leave(client, byReset);
        await server.AssertIsCutAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_goes_in_the_middle_of_its_body_cancels_the_application(bool byReset)
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync("POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 100\r\n\r\nhello");
        using var server = await _pair.AcceptRequestAsync();
        Assert.Equal("hello", await server.ReceiveTextAsync(5));
        Leave(client, byReset);
        await server.AssertIsCutAsync();
    }

    [Fact]
    public async Task A_client_that_goes_while_its_body_waits_for_the_application_leaves_nothing_behind()
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync("POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 100000000\r\n\r\n");
        using var server = await _pair.AcceptRequestAsync();
        client.Blocking = false;
        var still = 0;
        var piece = new byte[64 * 1024];
        while (still < 20)
        {
            // Full, and full still a while later: everything on the way waits.
            client.Send(piece, SocketFlags.None, out var error);
            still = error == SocketError.WouldBlock ? still + 1 : 0;
            await Task.Delay(error == SocketError.WouldBlock ? 10 : 0);
        }

        Leave(client, byReset: true);
        await Until.TrueAsync(() => _pair.Mesh.Caller.Proxy.OpenConnections == 0, "the client's connection ends");
    }

    [Fact]
    public async Task An_application_that_closes_without_an_answer_is_502_or_503_with_the_reason()
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Post);
        using (var server = await _pair.AcceptRequestAsync())
        {
            Assert.Equal("hello", await server.ReceiveTextAsync(5));
        }

        var head = await client.ReceiveHeadAsync();
        Assert.StartsWith($"HTTP/1.1 {RefusalCodes.HttpStatus(RefusalCode.UpstreamClosed)}", head, StringComparison.Ordinal);
        Assert.Equal(RefusalCodes.Name(RefusalCode.UpstreamClosed), head.Field("nodemesh-refused"));
    }

    [Theory]
    [InlineData("Content-Length: 100")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task A_response_that_the_application_breaks_off_is_broken_off_at_the_client(string framing)
    {
        var asked = _pair.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        using var server = await _pair.AcceptRequestAsync();
        await server.SendTextAsync($"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n5\r\nhello\r\n");
        using var response = await asked;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        server.Close();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_kept_connection_that_the_application_closes_meanwhile_costs_no_request()
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Get);
        using var first = await _pair.AcceptRequestAsync();
        await first.SendTextAsync(NoContent);
        await client.ReceiveHeadAsync();

        // It is closed when the next request is on its way.
        await client.SendTextAsync(Get);
        await first.ReceiveHeadAsync();
        first.Close();
        using var second = await _pair.AcceptRequestAsync();
        await second.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_safe_to_do_twice_is_not_sent_twice()
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Get);
        using var first = await _pair.AcceptRequestAsync();
        await first.SendTextAsync(NoContent);
        await client.ReceiveHeadAsync();

        await client.SendTextAsync(Post);
        await first.ReceiveHeadAsync();
        first.Close();
        Assert.StartsWith($"HTTP/1.1 {RefusalCodes.HttpStatus(RefusalCode.UpstreamClosed)}", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_that_is_not_there_is_an_answer_too()
    {
        _pair.Mesh.Application.Close();
        using var response = await _pair.Client.GetAsync("/");
        Assert.Equal(RefusalCodes.HttpStatus(RefusalCode.ConnectFailed), (int)response.StatusCode);
        Assert.Equal(RefusalCodes.Name(RefusalCode.ConnectFailed), response.Headers.GetValues("nodemesh-refused").Single());
    }

    [Fact]
    public async Task An_application_that_does_not_speak_HTTP_is_502_and_counted()
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        await server.SendTextAsync("220 ready\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 502", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(1, _pair.Mesh.Server.Metric("nodemesh_http_protocol_errors_total", "reason=\"bad_start_line\""));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET /a%00b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400)]
    [InlineData("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501)]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505)]
    public async Task A_request_that_breaks_the_rules_is_answered_and_ends_the_connection(string request, int status)
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(request);
        Assert.StartsWith($"HTTP/1.1 {status}", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        Assert.Empty(await client.ReceiveToEndAsync());
    }

    private static void Leave(Socket client, bool byReset)
    {
        if (byReset)
        {
            client.LingerState = new LingerOption(true, 0);
        }

        client.Close();
    }
}
