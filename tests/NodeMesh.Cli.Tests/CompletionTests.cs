using System.Diagnostics;

namespace NodeMesh.Cli.Tests;

/// <summary>Completes command lines in a real bash, with the program as it was built.</summary>
public sealed class CompletionTests : IAsyncLifetime
{
    private AdminServer _server = null!;

    public async Task InitializeAsync() => _server = await AdminServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("nodemeshctl conn", "connections")]
    [InlineData("nodemeshctl ca ", "bundle init issue rotate status")]
    [InlineData("nodemeshctl ca rotate ", "activate prepare retire")]
    [InlineData("nodemeshctl node ", "cordon delete evict list token uncordon")]
    [InlineData("nodemeshctl context ", "list remove set use")]
    [InlineData("nodemeshctl wait --for ", "programmed")]
    [InlineData("nodemeshctl delete wo", "workloads")]
    [InlineData("nodemeshctl get s", "serviceentries services")]
    [InlineData("nodemeshctl ca issue --wo", "--workload")]
    [InlineData("nodemeshctl status -o ", "json table wide yaml")]
    [InlineData("nodemeshctl completion ", "bash fish zsh")]
    [InlineData("nodemeshctl log-level de", "debug")]
    [InlineData("nodemeshctl connections --direction ", "inbound mesh outbound")]
    [InlineData("nodemeshctl validate ", "")]
    [InlineData("nodemeshctl get workloads ", "shop/cart-1 shop/cart-2")]
    [InlineData("nodemeshctl describe service shop/", "shop/cart")]
    [InlineData("nodemeshctl explain ", "shop/cart-1 shop/cart-2")]
    [InlineData("nodemeshctl explain shop/cart-1 sh", "shop/cart:")]
    public async Task Bash_completes(string line, string expected)
    {
        var script = $$"""
            nodemeshctl() { '{{Path.Combine(AppContext.BaseDirectory, "nodemeshctl")}}' "$@"; }
            compopt() { :; }
            source <(nodemeshctl completion bash)
            complete -p nodemeshctl >&2
            COMP_LINE='{{line}}'; COMP_POINT=${#COMP_LINE}; COMP_WORDS=($COMP_LINE)
            _nodemeshctl
            printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd' '
            """;
        var start = new ProcessStartInfo("bash", ["--norc", "-c", script]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NODEMESH_ADMIN_SOCKET"] = _server.Socket;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal("complete -o default -F _nodemeshctl nodemeshctl\n", await error);
        Assert.Equal(expected, output.TrimEnd('\n'));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _nodemeshctl nodemeshctl")]
    [InlineData("zsh", "#compdef nodemeshctl")]
    [InlineData("fish", "complete -c nodemeshctl -a '(__nodemeshctl_suggest)'")]
    public async Task Each_shell_has_a_script_that_asks_the_program(string shell, string line)
    {
        var run = await Ctl.RunAsync("completion", shell);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(line + "\n", run.Output);
        Assert.Contains("[suggest:", run.Output);
    }

    [Fact]
    public async Task Without_a_daemon_names_are_not_completed_and_nothing_is_said()
    {
        const string Line = "nodemeshctl --socket /nowhere/admin.sock get services shop/c";
        Assert.Equal(new CtlRun(0, "\n", ""), await Ctl.RunAsync($"[suggest:{Line.Length}]", Line));
    }
}
