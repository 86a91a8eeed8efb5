namespace NodeMesh.Cli.Tests.Controller;

public sealed class HistoryTests : IAsyncLifetime
{
    private RunningController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await RunningController.StartAsync();
        await _controller.ApplyAsync(MeshFiles.Mesh, "--reason", "begin");
        await _controller.ApplyAsync(MeshFiles.Cart, "--reason", "open the shop");
        await _controller.ApplyAsync(MeshFiles.CartOnPort(81));
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task The_history_tells_who_changed_what_for()
    {
        var run = await _controller.RunAsync("history");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(
            @"^REVISION +AT +AUTHOR +CHANGES +REASON\n3 +\d{4}-\S+ \S+Z +\S+ +1 +apply\n2 +\d{4}-\S+ \S+Z +\S+ +2 +open the shop\n1 +\d{4}-\S+ \S+Z +\S+ +2 +begin\n$", run.Output);
    }

    [Fact]
    public async Task A_long_history_says_how_it_goes_on()
    {
        var first = await _controller.RunAsync("history", "--limit", "2");
        var rest = await _controller.RunAsync("history", "--before", "2");

        Assert.Equal("hint: older ones: nodemeshctl history --before 2\n", first.Error);
        Assert.Contains("begin", rest.Output);
        Assert.DoesNotContain("open the shop", rest.Output);
    }

    [Fact]
    public async Task A_long_audit_log_says_how_it_goes_on()
    {
        var first = await _controller.RunAsync("audit", "--limit", "2");
        var rest = await _controller.RunAsync("audit", "--before", "2");
        var none = await _controller.RunAsync("audit", "--before", "1");

        Assert.Equal("hint: older ones: nodemeshctl audit --before 2\n", first.Error);
        Assert.Contains("open the shop", first.Output);
        Assert.Matches(@"^AT +WHO +WHAT +SUBJECT +RESULT +DETAIL\n\S+ \S+Z +\S+ +apply +revision 1 +done +begin\n$", rest.Output);
        Assert.Equal(new CtlRun(0, "", "There are no entries here.\n"), none);
    }

    [Fact]
    public async Task A_revision_is_shown_as_what_it_changed()
    {
        var run = await _controller.RunAsync("history", "3");
        var created = await _controller.RunAsync("history", "2");

        Assert.StartsWith("--- Service shop/cart\n+++ Service shop/cart\n@@ -8,7 +8,7 @@\n", run.Output);
        Assert.Contains("\n-      port: 80\n+      port: 81\n", run.Output);
        Assert.StartsWith("--- /dev/null\n+++ Service shop/cart\n@@ -0,0 +1,14 @@\n+apiVersion: nodemesh.io/v1\n", created.Output);
    }

    [Fact]
    public async Task A_revision_that_is_not_there_is_an_error()
    {
        var run = await _controller.RunAsync("history", "9");

        Assert.Equal(new CtlRun(1, "", "error: there is no revision 9; the newest is 3\n"), run);
    }

    [Fact]
    public async Task A_rollback_is_a_new_revision_with_what_was()
    {
        var dry = await _controller.RunAsync("rollback", "1", "--dry-run");
        var run = await _controller.RunAsync("rollback", "2");

        Assert.Equal("deleted    Service shop/cart\ndeleted    Workload shop/cart-1\ndry run: 2 resources would be changed; nothing was\n", dry.Output);
        Assert.Equal(new CtlRun(0, "updated    Service shop/cart\nrevision 4\n", ""), run);
        Assert.Contains("port: 80\n", (await _controller.RunAsync("get", "service", "shop/cart", "-o", "yaml")).Output);
        Assert.Contains("roll back to revision 2", (await _controller.RunAsync("history")).Output);
    }
}
