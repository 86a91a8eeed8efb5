using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>Applications that fail: a client must never take half an answer for a whole one.</summary>
public class FailureTests(HttpMesh mesh) : IClassFixture<HttpMesh>
{
    private const string Http1 = "--http1.1";
    private const string Http2 = "--http2-prior-knowledge";

    public static TheoryData<string, string, int> Broken
    {
        get
        {
            var data = new TheoryData<string, string, int>();
            foreach (var path in new[] { "/short", "/broken" })
            {
                data.Add(path, Http1, HttpMesh.Declared);
                data.Add(path, Http1, HttpMesh.Undeclared);
                data.Add(path, Http2, HttpMesh.Declared);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_body_that_ends_early_is_an_error_for_the_client(string path, string version, int port)
    {
        var result = await mesh.TryCurlAsync(HttpMesh.Caller, version, $"http://{HttpMesh.App4}:{port}{path}");
        AssertCutShort(result);
        Assert.InRange(result.Output.Length, 0, 500);
    }

    [Theory]
    [InlineData(Http1)]
    [InlineData(Http2)]
    public async Task An_application_killed_in_the_middle_of_its_answer_is_an_error_for_the_client(string version)
    {
        await using var victim = await mesh.StartVictimAsync();
        await using var client = mesh.A.Machine.Start(HttpMesh.Caller, "curl", "-sSN", version, "--max-time", "25", $"http://{HttpMesh.Victim4}/stuck");
        await Until.TrueAsync(() => client.Output.Length == 500, "half of the answer");
        Assert.False(client.HasExited);

        await victim.KillAsync();

        AssertCutShort(await client.WaitForExitAsync());
    }

    [Theory]
    [InlineData(Http1)]
    [InlineData(Http2)]
    public async Task An_application_that_does_not_listen_is_a_503(string version)
    {
        foreach (var address in new[] { HttpMesh.App4, HttpMesh.App6 })
        {
            Assert.Equal("503 connect-failed", await mesh.StatusAsync(HttpMesh.Caller, version, $"http://{address}:{HttpMesh.Nobody}/"));
        }

        var line = await mesh.A.WaitForAccessLogAsync(entry => entry is { Status: 503, Refusal: "connect-failed" }, "the failed request");
        Assert.Equal("GET", line.Method);
    }

    [Fact]
    public async Task An_application_that_comes_back_is_reached_again()
    {
        await using (var victim = await mesh.StartVictimAsync())
        {
            Assert.Equal("200", await mesh.StatusAsync(HttpMesh.Caller, $"http://{HttpMesh.Victim4}/headers"));
        }

        Assert.StartsWith("503 ", await mesh.StatusAsync(HttpMesh.Caller, $"http://{HttpMesh.Victim4}/headers"), StringComparison.Ordinal);
        await using var again = await mesh.StartVictimAsync();
        await Until.TrueAsync(async () => await mesh.StatusAsync(HttpMesh.Caller, $"http://{HttpMesh.Victim4}/headers") == "200", "the application to be reached again");
    }

    [Fact]
    public async Task A_request_on_a_connection_that_the_application_has_closed_is_tried_again()
    {
        // nginx closes each connection after 500 requests, on its own terms.
        var opened = await mesh.CurlAsync("-o", "/dev/null", "-w", "%{http_code}\n", $"http://{HttpMesh.Nginx4}/?[1-1200]");
        Assert.Equal(1200, opened.Split('\n').Count(line => line == "200"));
    }

    /// <summary>Of curl: 18 partial file, 52 no answer, 56 failure in receiving, 92 HTTP/2 stream error. A reset may overtake what came before it.</summary>
    private static void AssertCutShort(CommandResult result) => Assert.True(result.ExitCode is 18 or 52 or 56 or 92, result.ToString());
}
