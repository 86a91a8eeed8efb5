namespace NodeMesh.Cli.Tests.Controller;

public sealed class ContextTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Config => _directory["nodemesh/config.yaml"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_first_context_is_the_current_one_and_use_chooses_another()
    {
        await RunAsync("context", "set", "one", "--controller", "unix:/one.sock");
        var made = await RunAsync("context", "set", "two", "--controller", "https://two.example:15011", "--identity", "/etc/alice", "--bundle", "/etc/bundle.json");
        var before = await RunAsync("context", "list");
        var used = await RunAsync("context", "use", "two");
        var after = await RunAsync("context", "list", "-o", "json");

        Assert.Equal(new CtlRun(0, "two is made: https://two.example:15011\n", ""), made);
        Assert.Equal(
            """
            CURRENT   NAME   CONTROLLER                  IDENTITY     BUNDLE
            *         one    unix:/one.sock              -            -
            -         two    https://two.example:15011   /etc/alice   /etc/bundle.json

            """,
            before.Output);
        Assert.Equal(new CtlRun(0, "two is the current context: https://two.example:15011\n", ""), used);
        Assert.Contains("\"name\": \"two\",\n      \"current\": true", after.Output);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Config));
    }

    [Fact]
    public async Task A_context_is_changed_in_what_is_given_of_it_and_removed()
    {
        await RunAsync("context", "set", "one", "--controller", "unix:/one.sock", "--bundle", "/b");
        await RunAsync("context", "set", "one", "--controller", "unix:/other.sock");
        var list = await RunAsync("context", "list");
        var removed = await RunAsync("context", "remove", "one");

        Assert.Contains("*         one    unix:/other.sock   -          /b\n", list.Output);
        Assert.Equal(new CtlRun(0, "one is removed\n", ""), removed);
        Assert.Equal("There are no contexts here. hint: nodemeshctl context set NAME --controller ADDRESS\n", (await RunAsync("context", "list")).Error);
    }

    [Fact]
    public async Task Commands_go_to_the_current_context_and_get_does_too()
    {
        var socket = _directory["nobody.sock"];
        await RunAsync("context", "set", "one", "--controller", "unix:" + socket);

        Assert.Contains($"there is no socket {socket}", (await RunAsync("history")).Error);
        Assert.Contains($"there is no socket {socket}", (await RunAsync("get", "services")).Error);
        Assert.Contains("there is no socket /daemon.sock", (await RunAsync("get", "services", "--socket", "/daemon.sock")).Error);
        Assert.Contains("there is no socket /other.sock", (await RunAsync("history", "--controller", "unix:/other.sock")).Error);
    }

    [Fact]
    public async Task A_command_can_name_another_context()
    {
        await RunAsync("context", "set", "one", "--controller", "unix:/one.sock");
        await RunAsync("context", "set", "two", "--controller", "unix:/two.sock");

        Assert.Contains("there is no socket /two.sock", (await RunAsync("history", "--context", "two")).Error);
        Assert.Contains("there is no socket /two.sock", (await RunAsync("get", "services", "--context", "two")).Error);
        Assert.Equal(new CtlRun(1, "", "error: there is no context three\nhint: there are one, two\n"), await RunAsync("history", "--context", "three"));
        Assert.Equal(
            new CtlRun(1, "", "error: --context and --controller both name a controller\nhint: give one of the two\n"),
            await RunAsync("history", "--context", "two", "--controller", "unix:/x.sock"));
        Assert.Equal(
            new CtlRun(1, "", "error: --socket names a daemon and --context a controller\nhint: give one of the two\n"),
            await RunAsync("get", "services", "--context", "two", "--socket", "/daemon.sock"));
    }

    [Fact]
    public async Task Without_a_context_the_controller_of_this_machine_is_meant() =>
        Assert.Matches("error: .*/run/nodemesh-controller/api.sock", (await RunAsync("history")).Error);

    [Theory]
    [InlineData("currnt: one\n", "currnt")]
    [InlineData("contexts:\n  - name: one\n    controller: http://one\n", "unix:/PATH or https://HOST:PORT")]
    [InlineData("current: one\n", "says that one is the current context, and has none of this name")]
    public async Task A_wrong_file_is_refused_by_name(string content, string message)
    {
        _directory.Write("nodemesh/config.yaml", content);

        var run = await RunAsync("history");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Error);
        Assert.Contains(Config, run.Error);
    }

    [Fact]
    public async Task A_context_that_is_not_there_is_refused_with_those_that_are()
    {
        await RunAsync("context", "set", "one", "--controller", "unix:/one.sock");

        Assert.Equal(new CtlRun(1, "", "error: there is no context prod\nhint: there are one\n"), await RunAsync("context", "use", "prod"));
        Assert.Equal(
            new CtlRun(1, "", "error: there is no context prod yet, and where its controller is was not said\nhint: give --controller ADDRESS\n"),
            await RunAsync("context", "set", "prod"));
    }

    private Task<CtlRun> RunAsync(params string[] args) =>
        Ctl.RunAsync(args, environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["XDG_CONFIG_HOME"] = _directory.Path });
}
