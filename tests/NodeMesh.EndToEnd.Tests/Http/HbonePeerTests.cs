using System.Security.Cryptography;
using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>HTTP to a workload whose daemon is of another mesh: it gets nothing but CONNECT, and the application what its port declares.</summary>
public class HbonePeerTests(HboneMesh mesh) : IClassFixture<HboneMesh>
{
    [Theory]
    [InlineData(HboneMesh.Nginx4, HboneMesh.Http1, "--http1.1", "HTTP/1.1")]
    [InlineData(HboneMesh.Nginx4, HboneMesh.Http1, "--http2-prior-knowledge", "HTTP/1.1")]
    [InlineData(HboneMesh.Nginx4, HboneMesh.Http2, "--http1.1", "HTTP/2.0")]
    [InlineData(HboneMesh.Nginx4, HboneMesh.Http2, "--http2-prior-knowledge", "HTTP/2.0")]
    [InlineData(HboneMesh.Nginx6, HboneMesh.Http1, "--http1.1", "HTTP/1.1")]
    [InlineData(HboneMesh.Nginx6, HboneMesh.Http2, "--http2-prior-knowledge", "HTTP/2.0")]
    public async Task Requests_of_either_version_are_served_as_the_port_declares(string address, int port, string version, string spoken)
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal($"hello over {spoken}\n", await mesh.CurlAsync(version, $"http://{address}:{port}/"));
        }

        Assert.Contains("link h2", mesh.Daemon.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("refused", mesh.Daemon.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("nodemesh", mesh.Daemon.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HboneMesh.Http1, "--http1.1")]
    [InlineData(HboneMesh.Http2, "--http2-prior-knowledge")]
    public async Task Bodies_above_every_window_pass_whole_both_ways(int port, string version)
    {
        var text = Convert.ToHexString(RandomNumberGenerator.GetBytes(1_500_000));
        var url = $"http://{HboneMesh.Nginx4}:{port}/files/{port}";
        var put = await mesh.A.Machine.RunAsync(HboneMesh.Caller with { Input = text }, "curl", "-sS", "--max-time", "25", version, "-T", "-", "-w", "%{http_code}", url);
        Assert.Equal("201", put.EnsureSuccess().Output);
        Assert.Equal(text, (await mesh.CurlAsync(version, url)).TrimEnd());
    }

    [Theory]
    [InlineData("http/1.1", HboneMesh.Http1, 24, 1)]
    [InlineData("h2c", HboneMesh.Http2, 4, 50)]
    public async Task Every_one_of_2000_requests_of_h2load_succeeds_in_few_tunnels(string protocol, int port, int connections, int streams)
    {
        var before = Tunnels();
        var result = await mesh.A.Machine.RunAsync(
            HboneMesh.Caller with { Timeout = TimeSpan.FromSeconds(90) },
            "h2load", $"--no-tls-proto={protocol}", "-n", "2000", "-c", $"{connections}", "-m", $"{streams}", $"http://{HboneMesh.Nginx4}:{port}/");
        Assert.Contains("2000 succeeded, 0 failed, 0 errored, 0 timeout", result.EnsureSuccess().Output, StringComparison.Ordinal);
        Assert.Contains("2000 2xx, 0 3xx, 0 4xx, 0 5xx", result.Output, StringComparison.Ordinal);
        Assert.InRange(Tunnels() - before, 0, connections);
    }

    [Fact]
    public async Task The_caller_s_log_says_who_was_asked_and_that_it_went_under_TLS()
    {
        await mesh.CurlAsync($"http://{HboneMesh.Nginx4}/seen");
        var line = await mesh.A.WaitForAccessLogAsync(line => line.Path == "/seen", "the request");
        Assert.Equal(200, line.Status);
        Assert.Equal("TLSv1.3", line.TlsVersion);
        Assert.Equal(HboneMesh.Identity, line.DestinationPrincipal);
        Assert.Null(line.Refusal);
    }

    [Fact]
    public async Task A_port_that_nobody_serves_is_503()
    {
        Assert.Equal("503 connect-failed", await StatusAsync(HboneMesh.Nobody));
    }

    [Fact]
    public async Task When_the_peer_restarts_requests_fail_meanwhile_and_are_served_again()
    {
        Assert.Equal("200 ", await StatusAsync(HboneMesh.Http1));
        await mesh.Daemon.KillAsync();
        Assert.StartsWith("503 ", await StatusAsync(HboneMesh.Http1), StringComparison.Ordinal);
        await mesh.StartDaemonAsync();
        await Until.TrueAsync(async () => await StatusAsync(HboneMesh.Http1) == "200 ", "the peer to be used again");
        Assert.Equal("200 ", await StatusAsync(HboneMesh.Http2));
    }

    private Task<string> StatusAsync(int port) =>
        mesh.CurlAsync("-o", "/dev/null", "-w", "%{http_code} %header{nodemesh-refused}", $"http://{HboneMesh.Nginx4}:{port}/");

    private int Tunnels() => mesh.Daemon.Output.Split('\n').Count(line => line.StartsWith("connect ", StringComparison.Ordinal));
}
