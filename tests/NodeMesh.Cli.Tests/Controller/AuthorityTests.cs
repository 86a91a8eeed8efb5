namespace NodeMesh.Cli.Tests.Controller;

public sealed class AuthorityTests : IAsyncLifetime
{
    private RunningController _controller = null!;

    public async Task InitializeAsync() => _controller = await RunningController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task A_root_is_rotated_in_three_steps_each_of_which_says_the_next()
    {
        Assert.Matches("^Trust domain   example.org\nRotation       none under way\n\nKIND +STATE +NOT-AFTER +LEFT\nissuing +active +.*\nroot +active +.*\n$", await OutputAsync("ca", "status"));
        Assert.Contains("next: once every node has it: nodemeshctl ca rotate activate", await OutputAsync("ca", "rotate", "prepare"));
        Assert.Matches("prepared; next, (.|\n)*\nroot +active .*\nroot +prepared .*\n$", await OutputAsync("ca", "status"));
        Assert.Contains("nodemeshctl ca rotate retire", await OutputAsync("ca", "rotate", "activate"));
        Assert.Matches("activated; next, (.|\n)*\nroot +active .*\nroot +retiring .*\n$", await OutputAsync("ca", "status"));
        Assert.Contains("the rotation is complete", await OutputAsync("ca", "rotate", "retire"));
        Assert.Contains("none under way", await OutputAsync("ca", "status"));
        Assert.Matches(@"rotate +retire +done(.|\n)*rotate +activate +done(.|\n)*rotate +prepare +done", await OutputAsync("audit"));
    }

    [Fact]
    public async Task A_step_out_of_order_is_refused()
    {
        var run = await _controller.RunAsync("ca", "rotate", "activate");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no next root of example.org is prepared", run.Error);
    }

    [Fact]
    public async Task A_root_that_a_node_does_not_trust_yet_signs_only_when_that_is_forced()
    {
        await using (await JoinedNode.ConnectAsync(_controller, "web-1", (await OutputAsync("node", "token", "create", "web-1")).Trim()))
        {
            // It has joined, and never asks for anything.
        }

        await OutputAsync("ca", "rotate", "prepare");
        var refused = await _controller.RunAsync("ca", "rotate", "activate");

        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith("error: web-1 (not connected) would not trust what the next root signs", refused.Error);
        Assert.Contains("nodemeshctl ca rotate retire", await OutputAsync("ca", "rotate", "activate", "--force"));
        Assert.Matches(@"rotate +activate +done +forced", await OutputAsync("audit"));
    }

    private async Task<string> OutputAsync(params string[] args)
    {
        var run = await _controller.RunAsync(args);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output;
    }
}
