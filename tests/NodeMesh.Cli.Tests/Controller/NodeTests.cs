namespace NodeMesh.Cli.Tests.Controller;

public sealed class NodeTests : IAsyncLifetime
{
    private RunningController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await RunningController.StartAsync();
        await _controller.ApplyAsync(MeshFiles.Mesh);
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task A_token_stands_alone_on_standard_output_and_is_in_the_audit_log()
    {
        var run = await _controller.RunAsync("node", "token", "create", "web-1", "--ttl", "10m");
        var audit = await _controller.RunAsync("audit");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^nmj1\.[\w-]{43}\.[\w-]{43}\n$", run.Output);
        Assert.Matches(@"^lets the node web-1 in once, until \S+ \S+Z\n$", run.Error);
        Assert.Matches(@"\S+Z +\S+ +token +web-1 +done +until ", audit.Output);
        Assert.DoesNotContain(run.Output.Trim(), audit.Output);
    }

    [Fact]
    public async Task A_token_for_no_name_or_too_long_is_refused()
    {
        var name = await _controller.RunAsync("node", "token", "create", "Web_1");
        var lifetime = await _controller.RunAsync("node", "token", "create", "web-1", "--ttl", "30d");

        Assert.Contains("error: \"Web_1\" is no name of a node: ", name.Error);
        Assert.Contains("error: ttlSeconds is 2592000: 1 to 604800 is expected", lifetime.Error);
    }

    [Fact]
    public async Task Nodes_are_listed_with_what_they_have_and_evicted()
    {
        Assert.Equal(new CtlRun(0, "", "No node has joined yet. hint: nodemeshctl node token create NAME\n"), await _controller.RunAsync("node", "list"));
        await using var node = await JoinAsync();
        await node.BeginAsync();
        await node.AnswerAsync();
        await ProgrammedAsync();

        var connected = await _controller.RunAsync("node", "list", "-o", "wide");
        var evicted = await _controller.RunAsync("node", "evict", "web-1");
        var afterwards = await _controller.RunAsync("node", "list");

        Assert.Matches(@"^NAME +STATE +CONNECTED +REVISION +CERTIFICATE +PROBLEM +ADDRESS +JOINED\nweb-1 +joined +yes +1/1 +\S+ left +- +127\.0\.0\.1\S* +\S+ \S+Z\n$", connected.Output);
        Assert.Equal(new CtlRun(0, "", "web-1 is evicted\n"), evicted);
        Assert.Matches(@"\nweb-1 +evicted +", afterwards.Output);
    }

    [Fact]
    public async Task A_node_is_cordoned_waited_for_nevertheless_and_uncordoned()
    {
        await using var node = await JoinAsync();
        await node.BeginAsync();
        await node.AnswerAsync();
        await ProgrammedAsync();

        var cordoned = await _controller.RunAsync("node", "cordon", "web-1");
        var list = await _controller.RunAsync("node", "list");
        var wait = await _controller.RunAsync("wait", "--for=programmed");
        var uncordoned = await _controller.RunAsync("node", "uncordon", "web-1");
        var unknown = await _controller.RunAsync("node", "cordon", "web-9");

        Assert.Equal(new CtlRun(0, "", "web-1 is cordoned\n"), cordoned);
        Assert.Matches(@"\nweb-1 +cordoned +yes +1/1 ", list.Output);
        Assert.Equal("revision 1 is in force on 1 node\n", wait.Output);
        Assert.Equal(new CtlRun(0, "", "web-1 is not cordoned\n"), uncordoned);
        Assert.Matches(@"\nweb-1 +joined +", (await _controller.RunAsync("node", "list")).Output);
        Assert.Equal(new CtlRun(1, "", "error: no node named web-9 is in the mesh\n"), unknown);
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_not_evicted() =>
        Assert.Equal(new CtlRun(1, "", "error: no node named web-9 has joined\n"), await _controller.RunAsync("node", "evict", "web-9"));

    [Fact]
    public async Task A_node_that_is_gone_for_good_is_deleted_once_it_is_evicted_and_nothing_is_placed_on_it()
    {
        await using var node = await JoinAsync();
        await _controller.ApplyAsync(MeshFiles.Cart);

        var early = await _controller.RunAsync("node", "delete", "web-1");
        await _controller.RunAsync("node", "evict", "web-1");
        var placed = await _controller.RunAsync("node", "delete", "web-1");
        await _controller.RunAsync("delete", "workload", "shop/cart-1");
        var deleted = await _controller.RunAsync("node", "delete", "web-1");
        var again = await _controller.RunAsync("node", "delete", "web-1");

        Assert.Equal(new CtlRun(1, "", "error: web-1 is in the mesh; evict it first\n"), early);
        Assert.Equal(new CtlRun(1, "", "error: Workload shop/cart-1 would count as serving again: delete what is placed on web-1 first, or place it elsewhere\n"), placed);
        Assert.Equal(new CtlRun(0, "", "web-1 is deleted\n"), deleted);
        Assert.Equal(new CtlRun(1, "", "error: no node named web-1 has joined, and there is no token for one\n"), again);
        Assert.StartsWith("No node has joined yet.", (await _controller.RunAsync("node", "list")).Error);
        Assert.Matches(@" delete +web-1 +done", (await _controller.RunAsync("audit")).Output);
    }

    [Fact]
    public async Task A_wait_ends_when_the_newest_revision_is_in_force_everywhere()
    {
        await using var node = await JoinAsync();
        await node.BeginAsync();
        await node.AnswerAsync();
        await ProgrammedAsync();
        await _controller.ApplyAsync(MeshFiles.Cart);

        var early = await _controller.RunAsync("wait", "--for=programmed", "--timeout", "1s");
        var wait = _controller.RunAsync("wait", "--for=programmed");
        await node.AnswerAsync();

        Assert.Equal(1, early.ExitCode);
        Assert.StartsWith("error: after 1s revision 2 is not in force on web-1 (which has 1)\nhint: nodemeshctl node list", early.Error);
        Assert.Equal(new CtlRun(0, "revision 2 is in force on 1 node\n", ""), await wait);
    }

    [Fact]
    public async Task A_node_that_refuses_is_told_with_its_reason()
    {
        await using var node = await JoinAsync();
        await node.BeginAsync();
        await node.AnswerAsync("no room left");

        var run = await _controller.RunAsync("wait", "--for=programmed", "--timeout", "3s");
        var list = await _controller.RunAsync("node", "list");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("revision 1 is not in force on web-1 (which refuses it: no room left)", run.Error);
        Assert.Matches(@"\nweb-1 +joined +yes +0/1 +\S+ left +no room left\n$", list.Output);
    }

    [Fact]
    public async Task A_node_that_is_not_connected_is_named_and_not_waited_for()
    {
        await using (await JoinAsync())
        {
            // It has joined, and never asks for anything.
        }

        Assert.Equal(
            new CtlRun(0, "revision 1 is in force on 0 nodes\n", "not connected, and not waited for: web-1\n"),
            await _controller.RunAsync("wait", "--for=programmed"));
    }

    [Fact]
    public async Task A_revision_that_does_not_exist_is_not_waited_for() => Assert.Equal(
        new CtlRun(1, "", "error: there is no revision 7; the newest is 1\n"), await _controller.RunAsync("wait", "--for=programmed", "--revision", "7"));

    private async Task<JoinedNode> JoinAsync() =>
        await JoinedNode.ConnectAsync(_controller, "web-1", (await _controller.RunAsync("node", "token", "create", "web-1")).Output.Trim());

    private async Task ProgrammedAsync()
    {
        // Until the stream is known the node counts as not connected.
        var run = await _controller.RunAsync("wait", "--for=programmed");
        Assert.True(run.ExitCode == 0, run.Error);
    }
}
