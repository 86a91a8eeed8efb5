using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>Requests that two readers could understand differently, byte by byte: none reaches an application, and nobody else notices.</summary>
public class MalformedRequestTests(HttpMesh mesh) : IClassFixture<HttpMesh>
{
    private const string Smuggled = "GET /smuggled HTTP/1.1\\r\\nHost: server\\r\\n\\r\\n";

    public static TheoryData<string, string> Samples => new()
    {
        { "CL.TE", $"POST /a HTTP/1.1\\r\\nHost: server\\r\\nContent-Length: 50\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n{Smuggled}" },
        { "TE.CL", $"POST /a HTTP/1.1\\r\\nHost: server\\r\\nTransfer-Encoding: chunked\\r\\nContent-Length: 4\\r\\n\\r\\n2e\\r\\n{Smuggled}\\r\\n0\\r\\n\\r\\n" },
        { "TE.TE", $"POST /a HTTP/1.1\\r\\nHost: server\\r\\nTransfer-Encoding: chunked\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n{Smuggled}" },
        { "two lengths", $"POST /a HTTP/1.1\\r\\nHost: server\\r\\nContent-Length: 0\\r\\nContent-Length: 46\\r\\n\\r\\n{Smuggled}" },
        { "signed length", $"POST /a HTTP/1.1\\r\\nHost: server\\r\\nContent-Length: +0\\r\\n\\r\\n{Smuggled}" },
        { "bare LF", $"POST /a HTTP/1.1\\nHost: server\\nContent-Length: 0\\n\\n{Smuggled}" },
        { "bare LF in a field", $"GET /a HTTP/1.1\\r\\nHost: server\\r\\nX-A: b\\nX-C: d\\r\\n\\r\\n{Smuggled}" },
        { "space before the colon", $"POST /a HTTP/1.1\\r\\nHost: server\\r\\nTransfer-Encoding : chunked\\r\\n\\r\\n0\\r\\n\\r\\n{Smuggled}" },
        { "folded line", $"POST /a HTTP/1.1\\r\\nHost: server\\r\\nX-A: b\\r\\n Transfer-Encoding: chunked\\r\\n\\r\\n{Smuggled}" },
        { "no host", $"GET /a HTTP/1.1\\r\\n\\r\\n{Smuggled}" },
        { "two hosts", $"GET /a HTTP/1.1\\r\\nHost: server\\r\\nHost: other\\r\\n\\r\\n{Smuggled}" },
        { "NUL in a value", $"GET /a HTTP/1.1\\r\\nHost: server\\r\\nX-A: b\\x00c\\r\\n\\r\\n{Smuggled}" },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task It_is_answered_with_400_and_its_connection_closed(string what, string text)
    {
        await using var other = mesh.A.Machine.StartPeer(HttpMesh.Caller, "http_client.py", HttpMesh.App4, $"{HttpMesh.Declared}");
        Assert.Equal("connected", await other.ReadLineAsync());
        await AssertServedAsync(other);
        var before = await ProtocolErrorsAsync();

        var answer = await mesh.SendRawAsync(HttpMesh.App4, HttpMesh.Declared, text);

        Assert.True(answer[0] == "HTTP/1.1 400 Bad Request", $"{what}: {string.Join('\n', answer)}");
        Assert.Single(answer, line => line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal));
        Assert.Equal("end", answer[^1]);
        Assert.DoesNotContain("smuggled", mesh.App.Output, StringComparison.Ordinal);
        Assert.Equal(before + 1, await ProtocolErrorsAsync());
        await AssertServedAsync(other);
    }

    [Fact]
    public async Task What_is_no_HTTP_at_all_is_refused_where_HTTP_is_declared()
    {
        var answer = await mesh.SendRawAsync(HttpMesh.App4, HttpMesh.Declared, "\\x16\\x03\\x01\\x02\\x00\\x01\\r\\n\\r\\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer[0], StringComparison.Ordinal);
        Assert.Equal("end", answer[^1]);
    }

    [Fact]
    public async Task An_unknown_transfer_coding_is_answered_with_501()
    {
        var answer = await mesh.SendRawAsync(
            HttpMesh.App4, HttpMesh.Declared, $"POST /a HTTP/1.1\\r\\nHost: server\\r\\nTransfer-Encoding: chunked, identity\\r\\n\\r\\n0\\r\\n\\r\\n{Smuggled}");
        Assert.Equal("HTTP/1.1 501 Not Implemented", answer[0]);
        Assert.Equal("end", answer[^1]);
        Assert.DoesNotContain("smuggled", mesh.App.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_that_does_not_end_in_time_is_answered_with_408()
    {
        var answer = await mesh.SendRawAsync(HttpMesh.App4, HttpMesh.Declared, "GET /a HTTP/1.1\\r\\nHost: server\\r\\nX-Slow: ");
        Assert.Equal("HTTP/1.1 408 Request Timeout", answer[0]);
        Assert.Equal("end", answer[^1]);
    }

    [Fact]
    public async Task Fields_above_the_limit_are_answered_with_431_and_a_long_line_with_414()
    {
        var name = $"{Guid.NewGuid()}";
        Assert.Equal("431", (await mesh.StatusAsync(HttpMesh.Caller, "-H", $"X-Big: {new string('a', 70_000)}", $"http://{HttpMesh.App4}/{name}"))[..3]);
        Assert.Equal("414", (await mesh.StatusAsync(HttpMesh.Caller, $"http://{HttpMesh.App4}/{name}?{new string('a', 9_000)}"))[..3]);
        Assert.DoesNotContain(name, mesh.App.Output, StringComparison.Ordinal);
    }

    private async Task<double> ProtocolErrorsAsync() => (await mesh.A.ScrapeAsync()).Sum("nodemesh_http_protocol_errors_total");

    private static async Task AssertServedAsync(BackgroundProcess client)
    {
        await client.WriteLineAsync("GET /headers");
        Assert.StartsWith("200 - ", await client.ReadLineAsync(), StringComparison.Ordinal);
    }
}
