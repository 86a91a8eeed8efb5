namespace NodeMesh.Cli.Tests;

public sealed class CommandLineTests
{
    public static TheoryData<string[]> Commands { get; } = new(
        ["check"], ["status"], ["get"], ["describe"], ["explain"], ["connections"], ["certificates"], ["validate"], ["ca"], ["ca", "init"], ["ca", "issue"], ["ca", "bundle"],
        ["ca", "rotate"], ["ca", "rotate", "prepare"], ["ca", "status"], ["apply"], ["diff"], ["edit"], ["delete"], ["history"], ["rollback"], ["wait"], ["node"],
        ["node", "token"], ["node", "token", "create"], ["node", "list"], ["node", "cordon"], ["node", "uncordon"], ["node", "evict"], ["node", "delete"], ["audit"],
        ["context"], ["context", "list"], ["context", "use"], ["context", "set"], ["context", "remove"], ["log-level"], ["reload"], ["drain"], ["completion"], ["version"]);

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_has_help_with_examples(string[] command)
    {
        var run = await Ctl.RunAsync([.. command, "--help"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Usage:\n  nodemeshctl " + string.Join(' ', command), run.Output.Replace("testhost", "nodemeshctl", StringComparison.Ordinal));
        Assert.Matches($"Examples:\n  (sudo |source <\\()?nodemeshctl {string.Join(' ', command)}", run.Output);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Without_a_command_it_shows_its_help()
    {
        var run = await Ctl.RunAsync();
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("validate <PATH>", run.Output);
        Assert.Contains("Examples:", run.Output);
    }

    [Theory]
    [InlineData("frobnicate", "Unrecognized command or argument 'frobnicate'")]
    [InlineData("get", "Required argument 'KIND' missing")]
    [InlineData("get|potatoes", "\"potatoes\" is no kind; known are services, workloads,")]
    [InlineData("get|nodes|-o|xml", "--output xml is not known; give one of table, wide, json, yaml")]
    [InlineData("explain|shop/web|cart", "\"cart\" is no DESTINATION:PORT; give for example cart.shop.mesh:80")]
    [InlineData("explain|shop/web|fd00::1:80", "\"fd00::1:80\" is no DESTINATION:PORT")]
    [InlineData("explain|shop/web|cart:70000", "\"cart:70000\" is no DESTINATION:PORT")]
    [InlineData("ca|issue|--ca|x|--out|y", "give one of --id, --workload and --node")]
    [InlineData("ca|issue|--ca|x|--out|y|--node|web-1", "--resources is needed")]
    [InlineData("ca|issue|--ca|x|--out|y|--id|spiffe://a/b|--lifetime|soon", "--lifetime soon is no duration; give a positive number and a unit: 90s, 15m, 24h or 7d")]
    [InlineData("ca|init|x|--trust-domain|example.org:80", "--trust-domain example.org:80: ")]
    [InlineData("drain|--grace|2h", "--grace is at most 1h")]
    [InlineData("apply", "Option '--filename' is required.")]
    [InlineData("apply|-f|x|--prune|team", "--prune team is not right at \"team\"; give labels as KEY=VALUE")]
    [InlineData("apply|-f|x|--base|none", "--base none is not right: a whole number from 1 on is expected")]
    [InlineData("history|--limit|5000", "--limit 5000 is not right: a whole number from 1 to 1000 is expected")]
    [InlineData("rollback|last", "REVISION last is not right: a whole number from 1 on is expected")]
    [InlineData("delete|service", "give KIND and NAME, or files with -f")]
    [InlineData("delete|service|x|-f|y", "give KIND and NAME, or files with -f")]
    [InlineData("history|--controller|http://host", "--controller http://host is no address of a controller; give unix:/PATH or https://HOST:PORT")]
    [InlineData("wait|--for=peace", "Argument 'peace' not recognized. Must be one of:")]
    [InlineData("context|use|a b", "\"a b\" is no name of a context: ")]
    [InlineData("connections|--limit|0", "--limit is a number from 1 to 100000")]
    public async Task A_wrong_command_line_exits_2_and_says_what_would_be_right(string line, string message)
    {
        var run = await Ctl.RunAsync(line.Split('|'));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("error: " + message, run.Error);
        Assert.Contains("--help shows how it is used", run.Error);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task The_hint_names_the_subcommand()
    {
        var run = await Ctl.RunAsync("ca", "init");
        Assert.Contains("hint: nodemeshctl ca init --help shows how it is used", run.Error);
    }
}
