using System.Globalization;
using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>
/// Applications whose answers are malformed, cut short, meant for somebody else, or floods: the client is told that its request failed, gets no half
/// answer for a whole one and nothing of another's, and the next request is served.
/// </summary>
public class HostileHttpServerTests(HostileMesh mesh) : IClassFixture<HostileMesh>
{
    private const string Http1 = "--http1.1";
    private const string Http2 = "--http2-prior-knowledge";
    private const string Malformed = "502 upstream-protocol-error";
    private const string Gone = "503 upstream-closed";
    private const string GivenUp = "503 upstream-reset";

    [Theory]
    [InlineData("nonsense", "bad_start_line")]
    [InlineData("no-status", "bad_start_line")]
    [InlineData("long-status", "bad_start_line")]
    [InlineData("low-status", "bad_start_line")]
    [InlineData("other-version", "unsupported_version")]
    [InlineData("two-lengths", "bad_framing")]
    [InlineData("signed-length", "bad_framing")]
    [InlineData("length-and-chunked", "bad_framing")]
    [InlineData("unknown-coding", "unsupported_transfer_coding")]
    [InlineData("bare-lf", "bad_field")]
    [InlineData("folded", "bad_field")]
    [InlineData("spaced", "bad_field")]
    [InlineData("nul", "bad_field")]
    [InlineData("endless-line", "start_line_too_long")]
    [InlineData("endless-field", "head_too_large")]
    [InlineData("endless-fields", "head_too_large")]
    [InlineData("endless-interim", "too_many_interim_responses")]
    [InlineData("switched", "bad_upgrade")]
    public Task A_malformed_head_in_HTTP1_is_a_502(string answer, string reason) =>
        AssertRefusedAsync(HostileMesh.Hostile1, answer, Malformed, $"nodemesh_http_protocol_errors_total reason=\"{reason}\"");

    [Theory]
    [InlineData("half-a-head")]
    [InlineData("closed")]
    [InlineData("reset")]
    public Task No_answer_in_HTTP1_is_a_503(string answer) => AssertRefusedAsync(HostileMesh.Hostile1, answer, Gone, "nodemesh_requests_refused_total refusal=\"upstream-closed\"");

    [Theory]
    [InlineData("no-status")]
    [InlineData("two-statuses")]
    [InlineData("upper-case")]
    [InlineData("connection")]
    [InlineData("line-break")]
    [InlineData("switched")]
    [InlineData("signed-length")]
    [InlineData("data-first")]
    [InlineData("bomb", "stream_errors", "reason=\"header_list_too_large\"")]
    [InlineData("endless-interim", "stream_errors", "reason=\"too_many_interim_responses\"")]
    [InlineData("continuation", "floods", "kind=\"continuation\"")]
    [InlineData("ping", "floods", "kind=\"ping\"")]
    [InlineData("settings", "floods", "kind=\"settings\"")]
    [InlineData("window-updates", "floods", "kind=\"window_update\"")]
    [InlineData("priority", "floods", "kind=\"priority\"")]
    [InlineData("unknown-frames", "floods", "kind=\"unknown_frames\"")]
    [InlineData("goaways", "floods", "kind=\"goaway\"")]
    public Task A_malformed_head_or_a_flood_in_HTTP2_is_a_502(string answer, string metric = "stream_errors", string label = "reason=\"protocol\"") =>
        AssertRefusedAsync(HostileMesh.Hostile2, answer, Malformed, $"nodemesh_http_{metric}_total {label}");

    [Theory]
    [InlineData("push", Malformed)]
    [InlineData("garbage", Malformed)]
    [InlineData("window-overflow", Malformed)]
    [InlineData("next-stream", Malformed)]
    [InlineData("closed", Gone)]
    [InlineData("reset", Gone)]
    [InlineData("goaway", Gone)]
    [InlineData("goaway-unseen", GivenUp)]
    [InlineData("refused", GivenUp)]
    [InlineData("given-up", GivenUp)]
    public Task A_lost_connection_or_stream_in_HTTP2_is_a_502_or_503(string answer, string refusal) =>
        AssertRefusedAsync(HostileMesh.Hostile2, answer, refusal, $"nodemesh_requests_refused_total refusal=\"{refusal[4..]}\"");

    [Theory]
    [InlineData(HostileMesh.Hostile1, "short")]
    [InlineData(HostileMesh.Hostile1, "short-reset")]
    [InlineData(HostileMesh.Hostile1, "short-chunk")]
    [InlineData(HostileMesh.Hostile1, "bad-chunk")]
    [InlineData(HostileMesh.Hostile1, "long-chunk")]
    [InlineData(HostileMesh.Hostile1, "huge-chunk")]
    [InlineData(HostileMesh.Hostile2, "short")]
    [InlineData(HostileMesh.Hostile2, "longer")]
    [InlineData(HostileMesh.Hostile2, "short-closed")]
    [InlineData(HostileMesh.Hostile2, "short-reset")]
    [InlineData(HostileMesh.Hostile2, "window-exceeded")]
    [InlineData(HostileMesh.Hostile2, "big-frame")]
    [InlineData(HostileMesh.Hostile2, "empty-frames")]
    public async Task A_body_that_is_cut_short_or_breaks_a_rule_is_an_error_for_the_client(string address, string answer)
    {
        foreach (var version in new[] { Http1, Http2 })
        {
            var result = await CurlAsync(version, $"http://{address}/{answer}");
            Assert.True(result.ExitCode is 18 or 52 or 56 or 92, result.ToString()); // as in FailureTests
            await AssertServedAsync(address);
        }
    }

    [Theory]
    [InlineData(HostileMesh.Hostile1, "twice", "good 200")]
    [InlineData(HostileMesh.Hostile1, "longer", "good 200")]
    [InlineData(HostileMesh.Hostile1, "no-content", " 204")]
    [InlineData(HostileMesh.Hostile1, "not-modified", " 304")]
    [InlineData(HostileMesh.Hostile2, "twice", "good 200")]
    [InlineData(HostileMesh.Hostile2, "late-resets", "good 200")]
    public async Task What_stands_behind_an_answer_is_nobodys(string address, string answer, string expected)
    {
        foreach (var version in new[] { Http1, Http2 })
        {
            Assert.Equal(expected, (await CurlAsync(version, "-w", " %{http_code}", $"http://{address}/{answer}")).EnsureSuccess().Output);
            await AssertServedAsync(address);
        }
    }

    [Fact]
    public async Task A_body_that_answers_HEAD_is_nobodys()
    {
        const string Unsolicited = "nodemesh_http_protocol_errors_total reason=\"unsolicited\"";
        var before = await CountAsync(Unsolicited);
        Assert.Contains("HTTP/1.1 200 OK", (await CurlAsync(Http1, "-I", $"http://{HostileMesh.Hostile1}/good")).EnsureSuccess().Output, StringComparison.Ordinal);
        await AssertServedAsync(HostileMesh.Hostile1);
        Assert.Equal(before + 1, await CountAsync(Unsolicited));

        // In HTTP/2 it breaks a rule of its own stream.
        Assert.Equal(56, (await CurlAsync(Http1, "-I", $"http://{HostileMesh.Hostile2}/good")).ExitCode);
        await AssertServedAsync(HostileMesh.Hostile2);
    }

    private async Task AssertRefusedAsync(string address, string answer, string refusal, string metric)
    {
        foreach (var version in new[] { Http1, Http2 })
        {
            var before = await CountAsync(metric);
            var result = await CurlAsync(version, "-w", "%{http_code} %header{nodemesh-refused}", $"http://{address}/{answer}");
            Assert.Equal(refusal, result.EnsureSuccess().Output);
            await Until.TrueAsync(async () => await CountAsync(metric) == before + 1, $"{metric} to count one more than {before.ToString(CultureInfo.InvariantCulture)}");
            await AssertServedAsync(address);
        }
    }

    private async Task<double> CountAsync(string metric) => (await mesh.B.ScrapeAsync()).Sum(metric.Split(' ')[0], metric.Split(' ')[1]);

    private async Task AssertServedAsync(string address)
    {
        Assert.Equal("good", (await CurlAsync(Http1, $"http://{address}/good")).EnsureSuccess().Output);
        Assert.False(mesh.B.Daemon.HasExited, mesh.B.Daemon.ToString());
    }

    private Task<CommandResult> CurlAsync(params string[] arguments) =>
        mesh.A.Machine.RunAsync(HostileMesh.Attacker, "curl", ["-sS", "--max-time", "20", .. arguments]);
}
