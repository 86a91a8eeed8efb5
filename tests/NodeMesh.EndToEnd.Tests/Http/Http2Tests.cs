namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>HTTP/2 without TLS (prior knowledge), from clients and to applications, in every combination with HTTP/1.1.</summary>
public class Http2Tests(HttpMesh mesh) : IClassFixture<HttpMesh>
{
    private const string PriorKnowledge = "--http2-prior-knowledge";

    [Theory]
    [InlineData(HttpMesh.Nginx4)]
    [InlineData(HttpMesh.Nginx6)]
    public async Task An_HTTP2_client_reaches_an_HTTP1_application(string address)
    {
        Assert.Equal("hello from nginx\n2", await mesh.CurlAsync(PriorKnowledge, "-w", "%{http_version}", $"http://{address}/"));
    }

    [Fact]
    public async Task An_application_that_declares_nothing_is_spoken_to_as_its_client_speaks()
    {
        Assert.Equal("over HTTP/2\n2", await mesh.CurlAsync(PriorKnowledge, "-w", "%{http_version}", $"http://{HttpMesh.Http2App}:{HttpMesh.Undeclared}/index.html"));
        Assert.Equal("hello from nginx\n1.1", await mesh.CurlAsync("-w", "%{http_version}", $"http://{HttpMesh.Nginx4}:{HttpMesh.Undeclared}/"));
    }

    [Fact]
    public async Task A_body_without_a_length_reaches_an_HTTP1_application()
    {
        var text = new string('x', 300_000);
        var result = await mesh.TryCurlAsync(HttpMesh.Caller with { Input = text }, PriorKnowledge, "-T", "-", $"http://{HttpMesh.App4}/echo");
        Assert.Equal(text + "\n", result.EnsureSuccess().Output);
    }

    [Theory]
    [InlineData("--http1.1", "1.1")]
    [InlineData(PriorKnowledge, "2")]
    public async Task An_HTTP2_application_is_reached_by_either_version(string version, string spoken)
    {
        Assert.Equal($"over HTTP/2\n200 {spoken}", await mesh.CurlAsync(version, "-w", "%{http_code} %{http_version}", $"http://{HttpMesh.Http2App}/index.html"));
        Assert.Equal("404", await mesh.CurlAsync(version, "-o", "/dev/null", "-w", "%{http_code}", $"http://{HttpMesh.Http2App}/nothing"));
    }

    [Theory]
    [InlineData("--http1.1")]
    [InlineData(PriorKnowledge)]
    public async Task An_HTTP2_application_gets_bodies_of_either_version(string version)
    {
        var text = new string('y', 300_000);
        var result = await mesh.TryCurlAsync(HttpMesh.Caller with { Input = text }, version, "-X", "POST", "-T", "-", $"http://{HttpMesh.Http2App}/echo");
        Assert.Equal(text + "\n", result.EnsureSuccess().Output);
    }

    [Theory]
    [InlineData("http/1.1", HttpMesh.Nginx4, 64, 1)]
    [InlineData("http/1.1", HttpMesh.Http2App, 64, 1)]
    [InlineData("h2c", HttpMesh.Nginx4, 4, 32)]
    [InlineData("h2c", HttpMesh.Http2App, 4, 100)]
    public async Task Every_one_of_4000_requests_of_h2load_succeeds(string protocol, string address, int connections, int streams)
    {
        var url = address == HttpMesh.Http2App ? $"http://{address}/index.html" : $"http://{address}/";
        var result = await mesh.A.Machine.RunAsync(HttpMesh.Caller with { Timeout = TimeSpan.FromSeconds(90) }, "h2load", $"--no-tls-proto={protocol}", "-n", "4000", "-c", $"{connections}", "-m", $"{streams}", url);
        Assert.Contains("4000 succeeded, 0 failed, 0 errored, 0 timeout", result.EnsureSuccess().Output, StringComparison.Ordinal);
        Assert.Contains("4000 2xx, 0 3xx, 0 4xx, 0 5xx", result.Output, StringComparison.Ordinal);
    }
}
