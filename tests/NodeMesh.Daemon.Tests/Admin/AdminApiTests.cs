using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Lifecycle;

namespace NodeMesh.Daemon.Tests.Admin;

public sealed class AdminApiTests : ServedMesh
{
    [Fact]
    public async Task The_status_tells_the_daemon_at_a_glance()
    {
        var (status, body) = await Running.AskAsync("/v1/status");

        Assert.Equal(200, status);
        Assert.Equal(("web-1", "ready", "example.org"), (Text(body, "node"), Text(body, "state"), Text(body, "trustDomain")));
        Assert.Equal(Environment.ProcessId, body.GetProperty("pid").GetInt32());
        Assert.Equal(2, body.GetProperty("loops").GetArrayLength());
        Assert.Equal(1, body.GetProperty("configuration").GetProperty("resources").GetProperty("Workload").GetInt32());
        Assert.Equal(
            ["admin", "dns", "inbound", "mesh", "outbound", "telemetry"],
            body.GetProperty("listeners").EnumerateArray().Select(listener => Text(listener, "name")).Order(StringComparer.Ordinal));
        Assert.All(body.GetProperty("listeners").EnumerateArray(), listener => Assert.False(Text(listener, "address")!.EndsWith(":0", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", 4)]
    [InlineData("?kind=service", 1)]
    [InlineData("?namespace=shop", 2)]
    [InlineData("?name=nothing", 0)]
    public async Task Resources_are_chosen_by_kind_namespace_and_name(string query, int count)
    {
        var (_, body) = await Running.AskAsync("/v1/resources" + query);

        Assert.Equal(count, body.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Services_workloads_and_endpoints_are_told()
    {
        var (_, services) = await Running.AskAsync("/v1/services?namespace=shop");
        var (_, workloads) = await Running.AskAsync("/v1/workloads?name=cart-1");
        var (_, endpoints) = await Running.AskAsync("/v1/endpoints?service=shop/cart");

        Assert.Equal("cart.shop.mesh", services.GetProperty("items")[0].GetProperty("hosts")[0].GetString());
        Assert.Equal(2, services.GetProperty("items")[0].GetProperty("vips").GetArrayLength());
        var workload = workloads.GetProperty("items")[0];
        Assert.Equal((TestMesh.Cart.ToString(), "STRICT"), (Text(workload, "spiffeId"), Text(workload, "peerAuthentication")));
        var endpoint = endpoints.GetProperty("items")[0];
        Assert.Equal(("local", "192.0.2.1:8080", "shop/cart-1", "healthy"), (
            Text(endpoint, "kind"), Text(endpoint, "address"), Text(endpoint, "workload"), Text(endpoint, "health")));
    }

    [Fact]
    public async Task Explain_asks_the_deciding_code()
    {
        var (status, body) = await Running.AskAsync("/v1/explain?source=shop/cart-1&destination=cart.shop.mesh&port=80");

        Assert.Equal((200, "local", "shop/cart"), (status, Text(body, "outcome"), Text(body, "service")));
        Assert.True(body.GetProperty("policy").GetProperty("allowed").GetBoolean());
        Assert.NotEqual(0, body.GetProperty("steps").GetArrayLength());
    }

    [Fact]
    public async Task Explain_judges_a_request_when_one_is_given()
    {
        var (status, body) = await Running.AskAsync(
            "/v1/explain?source=shop/cart-1&destination=cart.shop.mesh&port=80&method=PUT&path=/orders&header=x-a:%201&header=x-b:%202");

        Assert.Equal((200, "local"), (status, Text(body, "outcome")));
        Assert.Contains(body.GetProperty("steps").EnumerateArray(), step => step.GetString() is "it is judged as PUT cart.shop.mesh/orders");
    }

    [Theory]
    [InlineData("/v1/explain?source=shop/nobody&destination=cart.shop.mesh&port=80", 404, "shop/nobody")]
    [InlineData("/v1/explain?source=shop/cart-1&destination=cart.shop.mesh&port=99999", 400, "from 1 to 65535")]
    [InlineData("/v1/explain?source=shop/cart-1&port=80", 400, "destination is missing")]
    [InlineData("/v1/explain?source=shop/cart-1&destination=cart.shop.mesh&port=80&path=admin", 400, "begins with '/'")]
    [InlineData("/v1/explain?source=shop/cart-1&destination=cart.shop.mesh&port=80&header=x-team", 400, "NAME: VALUE")]
    [InlineData("/v1/explain?source=shop/cart-1&destination=cart.shop.mesh&port=80&method=G%20T", 400, "a method such as GET")]
    [InlineData("/v1/connections?limit=none", 400, "limit")]
    [InlineData("/v1/connections?lmit=1", 400, "known are limit")]
    [InlineData("/v1/nothing", 404, "/v1/nothing")]
    [InlineData("/v1/reload", 405, "takes POST")]
    [InlineData("/metrics", 404, "/metrics")]
    public async Task What_is_asked_wrongly_is_answered_with_problem_details(string path, int expected, string detail)
    {
        var (status, body) = await Running.AskAsync(path);

        Assert.Equal((expected, expected), (status, body.GetProperty("status").GetInt32()));
        Assert.Contains(detail, Text(body, "detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_level_changes_while_the_daemon_runs()
    {
        var (status, body) = await Running.AskAsync("/v1/log-level", HttpMethod.Put, """{"level": "debug"}""");

        Assert.Equal((200, "debug"), (status, Text(body, "level")));
        Assert.True(Running.LogLevel.Allows("NodeMesh.Daemon", LogLevel.Debug));
    }

    [Theory]
    [InlineData("""{"level": "loud"}""")]
    [InlineData("""{"levels": "debug"}""")]
    [InlineData("debug")]
    [InlineData("null")]
    public async Task A_wrong_log_level_is_refused(string body) =>
        Assert.Equal(400, (await Running.AskAsync("/v1/log-level", HttpMethod.Put, body)).Status);

    [Fact]
    public async Task A_drain_ends_the_daemon_with_the_grace_that_was_asked_for()
    {
        var (status, body) = await Running.AskAsync("/v1/drain?graceSeconds=3", HttpMethod.Post);

        Assert.Equal((202, "draining"), (status, Text(body, "state")));
        Assert.Equal(TimeSpan.FromSeconds(3), await Running.Daemon.ShutdownRequested);
        await Running.Daemon.DrainAsync(TimeSpan.Zero);
        Assert.Equal(503, (await Running.AskAsync("/v1/readiness")).Status);
    }

    [Fact]
    public void The_socket_is_its_owners_alone() =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Running.Options.AdminSocket));

    [Fact]
    public async Task Another_user_is_refused_even_when_the_socket_lets_him_in()
    {
        File.SetUnixFileMode(Mesh.Directory.Path, (UnixFileMode)0x1ed);
        File.SetUnixFileMode(Path.GetDirectoryName(Running.Options.AdminSocket)!, (UnixFileMode)0x1ed);
        File.SetUnixFileMode(Running.Options.AdminSocket, (UnixFileMode)0x1b6);

        var refused = await CurlAsync("setpriv", "--reuid", "45681", "--regid", "45681", "--clear-groups", "curl");
        var served = await CurlAsync("curl");

        Assert.Contains("uid 45681 may not use the admin API", Text(refused, "detail"), StringComparison.Ordinal);
        Assert.Equal(403, refused.GetProperty("status").GetInt32());
        Assert.Equal("web-1", Text(served, "node"));
    }

    [Fact]
    public async Task A_second_daemon_on_the_socket_is_told_of_the_first()
    {
        var error = await Assert.ThrowsAsync<StartupException>(() => RunningDaemon.StartAsync(Running.Options));

        Assert.Contains("another nodemeshd is running", error.Message, StringComparison.Ordinal);
        Assert.Equal(200, (await Running.AskAsync("/v1/status")).Status);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private async Task<JsonElement> CurlAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(
            program, [.. arguments, "-s", "--unix-socket", Running.Options.AdminSocket, "http://nodemeshd/v1/status"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        using var json = JsonDocument.Parse(output);
        return json.RootElement.Clone();
    }
}
