using System.Diagnostics;

namespace NodeMesh.Daemon.Tests.Telemetry;

public sealed class TelemetryTests : ServedMesh
{
    [Fact]
    public async Task Promtool_accepts_the_metrics()
    {
        var (status, text) = await Running.ScrapeAsync("/metrics");

        Assert.Equal(200, status);
        Assert.Equal((0, ""), await PromtoolAsync(text));
    }

    [Fact]
    public async Task A_client_that_asks_for_OpenMetrics_gets_it()
    {
        var (_, text) = await Running.ScrapeAsync("/metrics", "application/openmetrics-text; version=1.0.0");

        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nodemesh_configuration_revision 1\n")]
    [InlineData("nodemesh_configuration_rejected 0\n")]
    [InlineData("nodemesh_configuration_loads_total{result=\"accepted\"} 1\n")]
    [InlineData("nodemesh_endpoint_state{service=\"shop/cart\",endpoint=\"192.0.2.1:8080\",state=\"healthy\"} 1\n")]
    [InlineData("nodemesh_certificate_expiry_timestamp_seconds{principal=\"spiffe://example.org/ns/shop/sa/cart\",kind=\"svid\"}")]
    [InlineData("nodemesh_loop_busy_seconds_total{loop=\"1\"}")]
    [InlineData("nodemesh_dns_queries_total{transport=\"udp\",outcome=\"answered\"} 0\n")]
    [InlineData("nodemesh_dns_query_duration_seconds_count{transport=\"tcp\",outcome=\"forwarded\"} 0\n")]
    [InlineData("process_resident_memory_bytes ")]
    public async Task The_metrics_tell_of_configuration_endpoints_certificates_and_loops(string line)
    {
        var (_, text) = await Running.ScrapeAsync("/metrics");

        Assert.Contains(line, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/status")]
    [InlineData("/v1/reload")]
    [InlineData("/")]
    public async Task The_admin_API_is_not_there(string path) => Assert.Equal(404, (await Running.ScrapeAsync(path)).Status);

    private static async Task<(int ExitCode, string Output)> PromtoolAsync(string text)
    {
        using var process = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        var output = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
