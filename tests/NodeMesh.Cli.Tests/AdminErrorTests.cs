using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace NodeMesh.Cli.Tests;

public sealed class AdminErrorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_missing_socket_asks_whether_the_daemon_runs()
    {
        var run = await Ctl.RunAsync("status", "--socket", _directory["none.sock"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            $"error: there is no socket {_directory["none.sock"]}\nhint: is nodemeshd running? systemctl status nodemeshd; if it uses another path, give it with --socket\n", run.Error);
    }

    [Fact]
    public async Task The_socket_can_come_from_the_environment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["NODEMESH_ADMIN_SOCKET"] = _directory["other.sock"] };
        var run = await Ctl.RunAsync(["status"], environment: environment);
        Assert.Contains(_directory["other.sock"], run.Error);
    }

    [Fact]
    public async Task A_socket_without_a_listener_says_that_the_daemon_has_ended()
    {
        var path = _directory["dead.sock"];
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        var run = await Ctl.RunAsync("status", "--socket", path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"error: nobody listens at {path}\nhint: nodemeshd has ended", run.Error);
    }

    [Fact]
    public async Task Who_may_not_ask_is_told_to_run_as_root()
    {
        await using var server = await AdminServer.StartAsync();
        server.Set("GET /v1/status", new JsonObject { ["title"] = "Forbidden", ["status"] = 403, ["detail"] = "uid 1000 is neither root nor nodemesh" }, 403);
        var run = await server.RunAsync("status");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("error: uid 1000 is neither root nor nodemesh\nhint: only root and the daemon's own user may ask it: run as root\n", run.Error);
    }

    [Fact]
    public async Task An_answer_that_is_no_JSON_is_not_shown()
    {
        await using var server = await AdminServer.StartAsync();
        server.Set("GET /v1/status", "<html>");
        var run = await server.RunAsync("status");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("does not speak nodemeshd's API", run.Error);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task A_rejected_reload_lists_what_is_wrong()
    {
        await using var server = await AdminServer.StartAsync();
        server.Set(
            "POST /v1/reload",
            new JsonObject
            {
                ["title"] = "Unprocessable",
                ["status"] = 422,
                ["detail"] = "the resources are wrong; revision 3 stays in force",
                ["errors"] = new JsonArray(new JsonObject
                {
                    ["severity"] = "error",
                    ["file"] = "/r/shop.yaml",
                    ["line"] = 12,
                    ["column"] = 9,
                    ["resource"] = "Service shop/cart",
                    ["field"] = "spec.ports[0].port",
                    ["message"] = "70000 is no port",
                }),
            },
            422);
        var run = await server.RunAsync("reload");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "error: the resources are wrong; revision 3 stays in force\n/r/shop.yaml:12:9: error: Service shop/cart: spec.ports[0].port: 70000 is no port\n", run.Error);
    }
}
