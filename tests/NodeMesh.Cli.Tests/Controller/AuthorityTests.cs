namespace NodeMesh.Cli.Tests.Controller;

public sealed class AuthorityTests : IAsyncLifetime
{
    private RunningController _controller = null!;

    public async Task InitializeAsync() => _controller = await RunningController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task A_root_is_rotated_in_three_steps_each_of_which_says_the_next()
    {
        Assert.Matches("^Trust domain   example.org\nRotation       none under way\n\nROOT     NOT-AFTER +LEFT\nactive   .*\n$", await OutputAsync("authority", "status"));
        Assert.Contains("next: once every node has it: nodemeshctl authority rotate activate", await OutputAsync("authority", "rotate", "prepare"));
        Assert.Matches("prepared; next, (.|\n)*\nactive .*\nprepared .*\n$", await OutputAsync("authority", "status"));
        Assert.Contains("nodemeshctl authority rotate retire", await OutputAsync("authority", "rotate", "activate"));
        Assert.Matches("activated; next, (.|\n)*\nactive .*\nretiring .*\n$", await OutputAsync("authority", "status"));
        Assert.Contains("the rotation is complete", await OutputAsync("authority", "rotate", "retire"));
        Assert.Contains("none under way", await OutputAsync("authority", "status"));
        Assert.Matches(@"rotate +retire +done(.|\n)*rotate +activate +done(.|\n)*rotate +prepare +done", await OutputAsync("audit"));
    }

    [Fact]
    public async Task A_step_out_of_order_is_refused()
    {
        var run = await _controller.RunAsync("authority", "rotate", "activate");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no next root of example.org is prepared", run.Error);
    }

    private async Task<string> OutputAsync(params string[] args)
    {
        var run = await _controller.RunAsync(args);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output;
    }
}
