using System.Text.Json;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Tests.Configuration;

/// <summary>Resource files through the whole daemon, as its operator sees them.</summary>
public sealed class ReloadTests : IDisposable
{
    private readonly TestMesh _mesh = new();

    [Fact]
    public async Task A_new_file_is_in_force_soon_as_a_new_revision()
    {
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));
        Assert.Equal((1, 1), await StateAsync(running));

        _mesh.Directory.Replace("resources/more.yaml", TestMesh.SecondService);

        await Wait.UntilAsync(async () => await StateAsync(running) == (2, 2), "revision 2 with two services is in force");
    }

    [Fact]
    public async Task A_wrong_file_changes_nothing_and_is_told_with_its_place()
    {
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));

        _mesh.Directory.Replace("resources/a-good.yaml", TestMesh.SecondService);
        _mesh.Directory.Replace("resources/b-wrong.yaml", TestMesh.WrongService);
        var (status, problem) = await running.AskAsync("/v1/reload", HttpMethod.Post);

        Assert.Equal(422, status);
        var error = problem.GetProperty("errors")[0];
        Assert.EndsWith("b-wrong.yaml", error.GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.Equal(("Service shop/wrong", "spec.ports[0].port", 4), (
            error.GetProperty("resource").GetString(), error.GetProperty("field").GetString(), error.GetProperty("line").GetInt32()));
        var (_, now) = await running.AskAsync("/v1/status");
        Assert.Equal(1, now.GetProperty("configuration").GetProperty("rejected").GetProperty("errors").GetArrayLength());
        Assert.Contains("nodemesh_configuration_rejected 1", (await running.ScrapeAsync("/metrics")).Body, StringComparison.Ordinal);

        File.Delete(_mesh.Directory.File("resources/b-wrong.yaml"));
        await Wait.UntilAsync(async () => (await StateAsync(running)).Services == 2, "the good file is in force once the wrong one is gone");
        var (_, after) = await running.AskAsync("/v1/status");
        Assert.False(after.GetProperty("configuration").TryGetProperty("rejected", out _));
    }

    [Fact]
    public async Task Files_that_are_touched_but_the_same_are_no_new_revision()
    {
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));

        _mesh.Directory.Replace("resources/mesh.yaml", TestMesh.Resources);
        var (status, answer) = await running.AskAsync("/v1/reload", HttpMethod.Post);

        Assert.Equal(200, status);
        Assert.Equal((1, false), (answer.GetProperty("revision").GetInt32(), answer.GetProperty("changed").GetBoolean()));
    }

    [Fact]
    public async Task Files_put_back_as_they_were_are_no_longer_rejected()
    {
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));
        _mesh.Directory.Replace("resources/wrong.yaml", TestMesh.WrongService);
        Assert.Equal(422, (await running.AskAsync("/v1/reload", HttpMethod.Post)).Status);

        File.Delete(_mesh.Directory.File("resources/wrong.yaml"));

        Assert.Equal(200, (await running.AskAsync("/v1/reload", HttpMethod.Post)).Status);
    }

    [Fact]
    public async Task Settings_that_the_next_start_would_refuse_fail_the_reload_and_what_else_is_new_is_in_force()
    {
        var options = RunningDaemon.OptionsFor(_mesh);
        var settings = _mesh.Directory.File("nodemeshd.yaml");
        await using var running = await RunningDaemon.StartAsync(options, readAgain: () => File.Exists(settings) ? OptionsFile.Load(settings) : options);
        _mesh.Directory.Replace("nodemeshd.yaml", "node: web-1\ndrian: 4s\n");
        _mesh.Directory.Replace("resources/more.yaml", TestMesh.SecondService);

        var (status, problem) = await running.AskAsync("/v1/reload", HttpMethod.Post);

        Assert.Equal(422, status);
        Assert.Equal(
            "the settings are wrong in 1 place: the daemon goes on with those it has, but would not start again", problem.GetProperty("detail").GetString());
        var error = Assert.Single(problem.GetProperty("errors").EnumerateArray());
        Assert.Equal((settings, 2), (error.GetProperty("file").GetString(), error.GetProperty("line").GetInt32()));
        Assert.Contains("drain", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((2, 2), await StateAsync(running));

        File.Delete(settings);
        Assert.Equal(200, (await running.AskAsync("/v1/reload", HttpMethod.Post)).Status);
    }

    [Fact]
    public async Task Settings_that_have_changed_are_told_to_want_a_restart()
    {
        var options = RunningDaemon.OptionsFor(_mesh);
        var now = options;
        await using var running = await RunningDaemon.StartAsync(options, readAgain: () => now);
        Assert.Equal(0, (await WarningsAsync()).GetArrayLength());

        now = options with { Drain = TimeSpan.FromSeconds(7) };

        Assert.Contains("systemctl restart nodemeshd", (await WarningsAsync())[0].GetProperty("message").GetString(), StringComparison.Ordinal);

        async Task<JsonElement> WarningsAsync() => (await running.AskAsync("/v1/reload", HttpMethod.Post)).Body.GetProperty("warnings");
    }

    [Fact]
    public async Task Without_a_good_configuration_the_daemon_runs_but_is_not_ready()
    {
        _mesh.Directory.Replace("resources/mesh.yaml", TestMesh.WrongService);
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));

        var (status, body) = await running.ScrapeAsync("/readyz");

        Assert.Equal(503, status);
        Assert.Contains("no configuration is loaded: ", body, StringComparison.Ordinal);
        Assert.Equal((0, 0), await StateAsync(running));
        Assert.Equal(200, (await running.ScrapeAsync("/healthz")).Status);
    }

    [Fact]
    public async Task A_missing_directory_is_waited_for()
    {
        Directory.Delete(_mesh.ResourcesPath, recursive: true);
        await using var running = await RunningDaemon.StartAsync(RunningDaemon.OptionsFor(_mesh));
        Assert.Equal((0, 0), await StateAsync(running));

        _mesh.Directory.Make("resources");
        _mesh.Directory.Replace("resources/mesh.yaml", TestMesh.Resources);

        await Wait.UntilAsync(async () => await StateAsync(running) == (1, 1), "the directory that came later is read");
    }

    public void Dispose() => _mesh.Dispose();

    private static async Task<(int Revision, int Services)> StateAsync(RunningDaemon running)
    {
        var (_, answer) = await running.AskAsync("/v1/services");
        return (answer.GetProperty("revision").GetInt32(), answer.GetProperty("items").GetArrayLength());
    }
}
