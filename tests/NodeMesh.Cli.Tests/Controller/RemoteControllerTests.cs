namespace NodeMesh.Cli.Tests.Controller;

public sealed class RemoteControllerTests : IAsyncLifetime
{
    private RunningController _controller = null!;

    public async Task InitializeAsync() => _controller = await RunningController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task An_operator_proves_to_be_it_by_a_certificate()
    {
        var alice = await _controller.IssueAsync(RunningController.Alice);

        var applied = await Ctl.RunAsync(["apply", "-f", "-", "--controller", _controller.TlsAddress, .. alice], MeshFiles.Mesh);
        var history = await Ctl.RunAsync(["history", "--controller", _controller.TlsAddress, .. alice]);

        Assert.Equal(new CtlRun(0, "created    MeshConfig mesh\ncreated    Node web-1\nrevision 1\n", ""), applied);
        Assert.Contains(RunningController.Alice, history.Output);
    }

    [Fact]
    public async Task A_context_has_all_that_it_takes()
    {
        var alice = await _controller.IssueAsync(RunningController.Alice);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["XDG_CONFIG_HOME"] = _controller.Directory["config"] };
        await Ctl.RunAsync(["context", "set", "prod", "--controller", _controller.TlsAddress, .. alice], environment: environment);

        var run = await Ctl.RunAsync(["history"], environment: environment);

        Assert.Equal(new CtlRun(0, "", "There are no revisions here.\n"), run);
    }

    [Fact]
    public async Task Who_may_only_look_cannot_apply()
    {
        var victor = await _controller.IssueAsync(RunningController.Victor);

        var look = await Ctl.RunAsync(["history", "--controller", _controller.TlsAddress, .. victor]);
        var apply = await Ctl.RunAsync(["apply", "-f", "-", "--controller", _controller.TlsAddress, .. victor], MeshFiles.Mesh);

        Assert.Equal(0, look.ExitCode);
        Assert.Equal(1, apply.ExitCode);
        Assert.Contains($"error: {RunningController.Victor} is viewer, and this needs operator", apply.Error);
        Assert.Contains("hint: whoever is to be let in stands among operators in nodemesh-controller.yaml", apply.Error);
    }

    [Fact]
    public async Task Who_is_not_the_controller_is_not_spoken_to()
    {
        // Another authority of the same name: what it issues is nothing to the real controller, nor the other way round.
        await using var other = await RunningController.StartAsync();
        var alice = await other.IssueAsync(RunningController.Alice);

        var run = await Ctl.RunAsync(["history", "--controller", _controller.TlsAddress, .. alice]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"error: {_controller.TlsAddress} does not prove to be the controller: no valid path leads from spiffe://example.org/nodemesh/controller", run.Error);
    }

    [Fact]
    public async Task Certificates_that_are_not_given_or_not_right_are_said_to_be_so()
    {
        var alice = await _controller.IssueAsync(RunningController.Alice);
        _controller.Directory.Write("bad.json", "{}");

        var without = await Ctl.RunAsync("history", "--controller", _controller.TlsAddress);
        var missing = await Ctl.RunAsync("history", "--controller", _controller.TlsAddress, "--identity", "/nowhere/bob", "--bundle", alice[3]);
        var bad = await Ctl.RunAsync(["history", "--controller", _controller.TlsAddress, .. alice[..3], _controller.Directory["bad.json"]]);

        Assert.Contains("error: " + _controller.TlsAddress + " asks for a certificate, and is to prove itself by one\nhint: give --identity FILE", without.Error);
        Assert.Contains("error: /nowhere/bob cannot be used as an identity: ", missing.Error);
        Assert.Contains("cannot be used as a trust bundle: ", bad.Error);
        Assert.All([without, missing, bad], run => Assert.Equal(1, run.ExitCode));
    }

    [Fact]
    public async Task Nobody_at_the_address_is_said_to_be_so()
    {
        var alice = await _controller.IssueAsync(RunningController.Alice);

        var run = await Ctl.RunAsync(["history", "--controller", "https://127.0.0.1:1", .. alice]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("error: cannot connect to https://127.0.0.1:1: Connection refused\nhint: is nodemesh-controller running there", run.Error);
    }
}
