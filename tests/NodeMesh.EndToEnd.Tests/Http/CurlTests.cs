using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>curl calls nginx and http_server.py: what an application sends and gets must be what it would without a mesh.</summary>
public class CurlTests(HttpMesh mesh) : IClassFixture<HttpMesh>
{
    private const int FileSize = 50 << 20;

    public static TheoryData<string, int> NginxPorts => HttpMesh.NginxPorts;

    public static TheoryData<string, int> AppPorts => HttpMesh.AppPorts;

    [Theory]
    [MemberData(nameof(NginxPorts))]
    public async Task GET_is_answered_by_the_application_and_logged_by_both_daemons(string address, int port)
    {
        var path = $"/{Guid.NewGuid()}";
        Assert.Equal("hello from nginx\n", await mesh.CurlAsync($"http://{address}:{port}{path}?a=b"));
        foreach (var node in new[] { mesh.A, mesh.B })
        {
            var line = await node.WaitForAccessLogAsync(entry => entry.Path == path + "?a=b", "the request");
            Assert.Equal(("GET", 200, null), (line.Method, line.Status, line.Refusal));
            Assert.Equal((HttpMesh.CallerIdentity, "spiffe://test.example/ns/default/sa/nginx"), (line.SourcePrincipal, line.DestinationPrincipal));
            Assert.Equal("hello from nginx\n".Length, line.BytesSent);
        }
    }

    [Theory]
    [MemberData(nameof(NginxPorts))]
    public async Task HEAD_has_the_length_and_no_body(string address, int port)
    {
        var answer = await mesh.CurlAsync("--head", $"http://{address}:{port}/");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains("content-length: 17\r\n", answer, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AppPorts))]
    public async Task POST_carries_its_body_and_its_fields(string address, int port)
    {
        var answer = await mesh.CurlAsync("-d", "order=1", "-H", "X-Own: Täst", "-H", "X-Empty;", $"http://{address}:{port}/headers?q=%2Fa");
        Assert.StartsWith("POST /headers?q=%2Fa HTTP/1.1\n", answer, StringComparison.Ordinal);
        Assert.Contains("content-length: 7\n", answer, StringComparison.Ordinal);
        Assert.Contains($"host: {address}{(port == 80 ? "" : $":{port}")}\n", answer, StringComparison.Ordinal);
        Assert.Contains("x-own: ", answer, StringComparison.Ordinal);
        Assert.Contains("x-empty: \n", answer, StringComparison.Ordinal);
        Assert.StartsWith("7 ", await mesh.CurlAsync("-d", "order=1", $"http://{address}:{port}/digest"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(NginxPorts))]
    public async Task A_file_of_50_MB_goes_up_after_100_continue_and_comes_down_whole(string address, int port)
    {
        var name = $"{Guid.NewGuid()}";
        var url = $"http://{address}:{port}/files/{name}";
        await mesh.A.Machine.OutputOfAsync("sh", "-c", $"head -c {FileSize} /dev/urandom >/run/tmp/{name} && chmod 644 /run/tmp/{name}");
        var sum = await SumAsync($"/run/tmp/{name}");

        var upload = (await mesh.TryCurlAsync(HttpMesh.Caller, "-v", "-H", "Expect: 100-continue", "--expect100-timeout", "20", "-T", $"/run/tmp/{name}", url)).EnsureSuccess();
        Assert.Contains("< HTTP/1.1 100 Continue", upload.Error, StringComparison.Ordinal);
        Assert.Contains("< HTTP/1.1 201 Created", upload.Error, StringComparison.Ordinal);
        await mesh.CurlAsync("--fail", "-o", $"/run/tmp/{name}.back", url);

        Assert.Equal(sum, await SumAsync($"/run/tmp/{name}.back"));
        await mesh.CurlAsync("--fail", "-X", "DELETE", url);
        await mesh.A.Machine.OutputOfAsync("sh", "-c", $"rm /run/tmp/{name}*");
    }

    [Theory]
    [MemberData(nameof(AppPorts))]
    public async Task Chunks_go_both_ways(string address, int port)
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(number => $"line {number}\n"));
        var options = HttpMesh.Caller with { Input = text };
        var result = await mesh.TryCurlAsync(options, "-v", "-H", "Transfer-Encoding: chunked", "-H", "Expect:", "-T", "-", $"http://{address}:{port}/echo");
        Assert.Equal(text + "\n", result.EnsureSuccess().Output);
        Assert.Contains("< transfer-encoding: chunked", result.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(AppPorts))]
    public async Task A_download_in_chunks_is_whole(string address, int port)
    {
        Assert.Equal("30000000", await mesh.CurlAsync("-o", "/dev/null", "-w", "%{size_download}", $"http://{address}:{port}/source?30000000"));
    }

    [Theory]
    [MemberData(nameof(NginxPorts))]
    public async Task One_connection_carries_many_requests_and_each_has_its_line(string address, int port)
    {
        var path = $"/{Guid.NewGuid()}";
        var opened = await mesh.CurlAsync("-w", "%{stderr}%{num_connects} ", $"http://{address}:{port}{path}?[1-10]");
        Assert.Equal(10, opened.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        foreach (var node in new[] { mesh.A, mesh.B })
        {
            await Until.TrueAsync(() => Lines(node).Length == 10, $"ten lines of {node.Machine.Name}");
            Assert.Equal(10, Lines(node).Select(line => line.Path).Distinct(StringComparer.Ordinal).Count());
        }

        Assert.Single(Lines(mesh.A).Select(line => line.Connection).Distinct());

        AccessLogLine[] Lines(MeshNode node) => [.. node.ReadAccessLog().Where(line => line.Path?.StartsWith(path, StringComparison.Ordinal) ?? false)];
    }

    [Fact]
    public async Task Requests_of_several_connections_share_the_applications_connections()
    {
        for (var i = 0; i < 10; i++)
        {
            await mesh.CurlAsync($"http://{HttpMesh.App4}/headers?{i}");
        }

        var used = mesh.App.Output.Split('\n').Where(line => line.Contains(" GET /headers?", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]);
        Assert.True(used.Distinct(StringComparer.Ordinal).Count() < 10, mesh.App.Output);
    }

    [Fact]
    public async Task A_protocol_in_which_the_server_speaks_first_needs_no_declaration()
    {
        Assert.StartsWith("server port=7007", await LineServer.CallAsync(mesh.A.Machine, HttpMesh.Caller, HttpMesh.Lines4), StringComparison.Ordinal);
        await using var client = await LineServer.ConnectAsync(mesh.A.Machine, HttpMesh.Caller, HttpMesh.Lines4);
        await LineServer.AssertLivesAsync(client);
    }

    [Fact]
    public async Task Requests_are_counted_by_both_daemons()
    {
        await mesh.CurlAsync($"http://{HttpMesh.Nginx4}/");
        foreach (var (node, reporter) in new[] { (mesh.A, "source"), (mesh.B, "destination") })
        {
            await Until.TrueAsync(
                async () => (await node.ScrapeAsync()).Sum(
                    "nodemesh_requests_total", $"reporter=\"{reporter}\"", $"source_principal=\"{HttpMesh.CallerIdentity}\"", "response_code=\"200\"") > 0,
                $"a counted request of {node.Machine.Name}");
        }
    }

    private async Task<string> SumAsync(string path) => (await mesh.A.Machine.OutputOfAsync("sha256sum", path)).Split(' ')[0];
}
