using System.Text.Json.Nodes;

namespace NodeMesh.Cli.Tests;

public sealed class OperateTests : IAsyncLifetime
{
    private AdminServer _server = null!;

    public async Task InitializeAsync() => _server = await AdminServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Status_says_what_is_wrong_with_the_files()
    {
        var run = await _server.RunAsync("status");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("Daemon         ready, node web-1, version 0.1.0, pid 4711, up 1d\nMesh           trust domain example.org, DNS domain mesh\n", run.Output);
        Assert.Contains("               the files are wrong since 2026-03-02 08:00:00Z; this revision stays in force until they are right:\n", run.Output);
        Assert.Contains("shop.yaml:12:9: error: Service shop/cart: spec.ports[0].port: 70000 is no port", run.Output);
    }

    [Fact]
    public async Task Status_is_given_to_scripts_with_every_field()
    {
        var run = await _server.RunAsync("status", "-o", "json");
        Assert.True(JsonNode.DeepEquals(_server["GET /v1/status"], JsonNode.Parse(run.Output)));
        var yaml = await _server.RunAsync("status", "-o", "yaml");
        Assert.StartsWith("version: \"0.1.0\"\nnode: web-1\npid: 4711\nstartedAt: \"2026-03-01T12:00:00+00:00\"\n", yaml.Output);
        Assert.Contains("\nnotReady: []\n", yaml.Output);
    }

    [Fact]
    public async Task Fields_that_a_daemon_does_not_give_are_no_error()
    {
        _server.Set("GET /v1/status", """{ "state": "starting", "notReady": ["no configuration is loaded"], "unheardOf": 1 }""");
        var run = await _server.RunAsync("status");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("no configuration is loaded\n", run.Output);
        Assert.Contains("Configuration  none loaded yet", run.Output);
    }

    [Fact]
    public async Task Waiting_ends_when_the_daemon_is_ready_and_gives_up_when_it_is_not()
    {
        Assert.Equal(0, (await _server.RunAsync("status", "--wait", "30s")).ExitCode);
        _server.Set("GET /v1/status", """{ "state": "not-ready", "notReady": ["a reason"] }""");
        Assert.Equal(1, (await _server.RunAsync("status", "--wait", "1s")).ExitCode);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("--service shop/cart", true)]
    [InlineData("--service shop/web", false)]
    [InlineData("--workload shop/web", true)]
    [InlineData("--workload shop/cart-2 --direction outbound --security mutual_tls", true)]
    [InlineData("--workload shop/cart-2 --direction mesh", false)]
    [InlineData("--principal spiffe://example.org/ns/shop/sa/cart", true)]
    [InlineData("--security none", false)]
    public async Task Connections_are_filtered(string filters, bool isShown)
    {
        var run = await _server.RunAsync(["connections", .. filters.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(isShown, run.Output.Contains("4711   outbound    shop/web   shop/cart-2   shop/cart   mTLS       12s   1.0KiB   2.0KiB\n", StringComparison.Ordinal));
        Assert.Contains("of 5017 open connections shown", run.Output);
    }

    [Fact]
    public async Task Watched_connections_are_shown_until_interrupted()
    {
        using var interrupt = new CancellationTokenSource();
        var run = Ctl.RunAsync(["connections", "--watch", "--socket", _server.Socket], cancellationToken: interrupt.Token);
        await _server.Asked.WaitAsync();
        await interrupt.CancelAsync();
        Assert.Equal(0, (await run).ExitCode);
    }

    [Fact]
    public async Task Certificates_show_identities_and_bundles()
    {
        var run = await _server.RunAsync("certificates");
        Assert.Equal(
            """
            SPIFFE-ID                              STATE              NOT-AFTER              WORKLOADS
            spiffe://example.org/ns/shop/sa/cart   valid (12h left)   2026-03-02 12:00:00Z   shop/cart-1

            BUNDLE        SEQUENCE   AUTHORITIES   FIRST-EXPIRY
            example.org   1          1             2026-03-02 12:00:00Z

            """,
            run.Output);
        Assert.StartsWith("problem: cart.crt and cart.key: ", run.Error);
    }

    [Fact]
    public async Task The_log_level_is_shown_and_set()
    {
        _server.Set("GET /v1/log-level", """{ "level": "information" }""");
        _server.Set("PUT /v1/log-level", """{ "level": "debug" }""");
        Assert.Equal("information\n", (await _server.RunAsync("log-level")).Output);
        Assert.Equal("debug\n", (await _server.RunAsync("log-level", "debug")).Output);
        Assert.Equal("""PUT /v1/log-level {"level":"debug"}""", _server.Requests.Last());
    }

    [Fact]
    public async Task A_reload_tells_the_revision_and_warnings()
    {
        _server.Set("POST /v1/reload", """{ "revision": 4, "changed": true, "warnings": [ { "severity": "warning", "file": "a.yaml", "line": 1, "column": 2, "message": "odd" } ] }""");
        Assert.Equal(new CtlRun(0, "revision 4 is in force\n", "a.yaml:1:2: warning: odd\n"), await _server.RunAsync("reload"));
        _server.Set("POST /v1/reload", """{ "revision": 4, "changed": false, "warnings": [] }""");
        Assert.Equal("nothing has changed; revision 4 stays in force\n", (await _server.RunAsync("reload")).Output);
    }

    [Fact]
    public async Task A_drain_passes_the_grace_time_on()
    {
        _server.Set("POST /v1/drain", """{ "state": "draining", "graceSeconds": 90 }""");
        Assert.Equal("draining; the daemon ends within 1m30s\n", (await _server.RunAsync("drain", "--grace", "90s")).Output);
        Assert.Equal("POST /v1/drain?graceSeconds=90", _server.Requests.Last());
    }

    [Fact]
    public async Task Version_does_without_a_daemon()
    {
        var with = await _server.RunAsync("version");
        Assert.Matches("^nodemeshctl [0-9.]+.*\nnodemeshd   0.1.0\n$", with.Output);
        var without = await Ctl.RunAsync("version", "--socket", "/nowhere/admin.sock");
        Assert.Equal(0, without.ExitCode);
        Assert.EndsWith("nodemeshd   not asked: there is no socket /nowhere/admin.sock\n", without.Output);
        Assert.Equal("0.1.0", (string?)JsonNode.Parse((await _server.RunAsync("version", "-o", "json")).Output)!["nodemeshd"]);
    }

    [Theory]
    [InlineData(true, "", false, true)]
    [InlineData(true, "1", false, false)]
    [InlineData(true, "", true, false)]
    [InlineData(false, "", false, false)]
    public async Task Colour_is_for_terminals_and_those_who_want_it(bool terminal, string noColour, bool option, bool isColoured)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["NO_COLOR"] = noColour, ["TERM"] = "xterm" };
        string[] line = ["status", "--socket", _server.Socket, .. option ? new[] { "--no-color" } : []];
        var run = await Ctl.RunAsync(line, terminal: terminal, environment: environment);
        Assert.Equal(isColoured, run.Output.Contains("\e[32mready\e[0m", StringComparison.Ordinal));
        Assert.Equal(isColoured, run.Output.Contains('\e'));
    }
}
