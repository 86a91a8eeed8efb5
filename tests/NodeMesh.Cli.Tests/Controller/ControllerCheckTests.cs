using System.Text.Json.Nodes;
using NodeMesh.Cli.Checks;

namespace NodeMesh.Cli.Tests.Controller;

/// <summary>What <c>check</c> says of a node that has a controller; the controller is a real one.</summary>
public sealed class ControllerCheckTests : IAsyncLifetime
{
    private RunningController _controller = null!;
    private AdminServer _server = null!;

    public async Task InitializeAsync()
    {
        _controller = await RunningController.StartAsync();
        _server = await AdminServer.StartAsync();
        Uses($"127.0.0.1:{_controller.Port}", trouble: null);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _controller.DisposeAsync();
    }

    [Fact]
    public async Task A_controller_that_answers_with_the_same_time_passes()
    {
        var output = await CheckAsync(TimeSpan.Zero);

        Assert.Contains($"√ 127.0.0.1:{_controller.Port} answers, and its clock agrees with this machine's", output, StringComparison.Ordinal);
        Assert.Contains("√ the daemon is connected", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-3600, "× this machine's clock is ", " behind that of ")]
    [InlineData(3600, "× this machine's clock is 1h", " ahead of that of ")]
    [InlineData(30, "‼ this machine's clock is ", " ahead of that of ")]
    public async Task Clocks_that_differ_are_told(int seconds, string begins, string which)
    {
        var line = (await CheckAsync(TimeSpan.FromSeconds(seconds))).Split('\n').Single(line => line.Contains("this machine's clock is", StringComparison.Ordinal));

        Assert.StartsWith("  " + begins, line, StringComparison.Ordinal);
        Assert.Contains(which, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_controller_that_does_not_answer_fails()
    {
        Uses("127.0.0.1:1", "nobody listens");

        var output = await CheckAsync(TimeSpan.Zero);

        Assert.Contains("× 127.0.0.1:1 cannot be reached: ", output, StringComparison.Ordinal);
        Assert.Contains("× the daemon has no connection to a controller: nobody listens", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_lacking_is_looked_for_at_the_controller_and_not_in_files()
    {
        var status = _server["GET /v1/status"];
        status["configuration"] = new JsonObject { ["revision"] = 0 };
        _server["GET /v1/status"] = status;
        var certificates = _server["GET /v1/certificates"];
        certificates["items"]![0]!["state"] = "missing";
        certificates["bundles"] = new JsonArray();
        _server["GET /v1/certificates"] = certificates;

        var output = await CheckAsync(TimeSpan.Zero);

        Assert.Contains("× nothing is loaded yet from the controller\n      journalctl -u nodemeshd, ", output, StringComparison.Ordinal);
        Assert.Contains(" has no certificate; its mesh connections are refused\n      the controller issues it", output, StringComparison.Ordinal);
        Assert.Contains("no peer can be recognized\n      the controller issues it", output, StringComparison.Ordinal);
        Assert.DoesNotContain("--ca DIR", output, StringComparison.Ordinal);
    }

    private void Uses(string address, string? trouble)
    {
        var status = _server["GET /v1/status"];
        status["controller"] = new JsonObject { ["address"] = address, ["connected"] = trouble is null };
        if (trouble is not null)
        {
            status["controller"]!["trouble"] = trouble;
        }

        _server["GET /v1/status"] = status;
    }

    private async Task<string> CheckAsync(TimeSpan ahead) =>
        (await Ctl.RunAsync(["check", "--socket", _server.Socket], machine: new Machine(), time: new ShiftedClock(ahead))).Output;

    /// <summary>The real time, and somewhat more.</summary>
    private sealed class ShiftedClock(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
