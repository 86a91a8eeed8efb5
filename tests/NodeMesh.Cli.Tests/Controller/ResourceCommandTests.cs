namespace NodeMesh.Cli.Tests.Controller;

public sealed class ResourceCommandTests : IAsyncLifetime
{
    private RunningController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await RunningController.StartAsync();
        await _controller.ApplyAsync(MeshFiles.Mesh + "---\n" + MeshFiles.Cart);
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task A_resource_is_deleted_by_name()
    {
        var dry = await _controller.RunAsync("delete", "svc", "cart", "-n", "shop", "--dry-run");
        var run = await _controller.RunAsync("delete", "svc", "shop/cart", "--reason", "closed");
        var again = await _controller.RunAsync("delete", "svc", "shop/cart");
        var ignored = await _controller.RunAsync("delete", "svc", "shop/cart", "--ignore-not-found");

        Assert.Equal("deleted    Service shop/cart\ndry run: 1 resource would be changed; nothing was\n", dry.Output);
        Assert.Equal(new CtlRun(0, "deleted    Service shop/cart\nrevision 2\n", ""), run);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("Service shop/cart: there is no such resource", again.Error);
        Assert.Equal(new CtlRun(0, "nothing to change\n", ""), ignored);
        Assert.Contains("closed", (await _controller.RunAsync("history")).Output);
    }

    [Fact]
    public async Task What_a_file_holds_is_deleted_together()
    {
        var run = await _controller.RunAsync(["delete", "-f", "-"], MeshFiles.Cart);

        Assert.Equal(new CtlRun(0, "deleted    Service shop/cart\ndeleted    Workload shop/cart-1\nrevision 2\n", ""), run);
    }

    [Fact]
    public async Task What_others_need_is_not_deleted()
    {
        var run = await _controller.RunAsync("delete", "node", "web-1");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("spec.node: there is no Node web-1", run.Error);
    }

    [Fact]
    public async Task An_edit_is_applied()
    {
        var run = await EditAsync("sed -i 's/port: 80$/port: 81/' \"$1\"");

        Assert.Equal(new CtlRun(0, "updated    Service shop/cart\nrevision 2\n", ""), run);
        Assert.Contains("edit Service shop/cart", (await _controller.RunAsync("history")).Output);
    }

    [Fact]
    public async Task An_edit_that_changes_nothing_does_nothing()
    {
        var run = await EditAsync("echo \"$1\" > " + _controller.Directory["seen"]);

        Assert.Equal(new CtlRun(0, "nothing to change\n", ""), run);
        Assert.False(File.Exists((await File.ReadAllTextAsync(_controller.Directory["seen"])).Trim()));
    }

    [Fact]
    public async Task A_wrong_edit_is_kept_in_a_file_and_the_error_names_its_line()
    {
        var run = await EditAsync("sed -i 's/port: 80$/port: 99999/' \"$1\"");

        Assert.Equal(1, run.ExitCode);
        var kept = Kept(run);
        Assert.Contains($"{kept}:11:13: error: ", run.Error);
        Assert.Contains("port: 99999", await File.ReadAllTextAsync(kept));
        Directory.Delete(Path.GetDirectoryName(kept)!, recursive: true);
    }

    [Fact]
    public async Task An_edit_of_what_somebody_else_changed_meanwhile_is_refused_and_kept()
    {
        var other = _controller.Directory.Write("other.yaml", MeshFiles.CartOnPort(82));
        var ctl = Path.Combine(AppContext.BaseDirectory, "nodemeshctl");
        var run = await EditAsync($"'{ctl}' apply -f '{other}' --controller {_controller.Address} > /dev/null && sed -i 's/port: 80$/port: 81/' \"$1\"");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("error: Service shop/cart was changed by revision 2, and revision 1 is what you have seen", run.Error);
        Directory.Delete(Path.GetDirectoryName(Kept(run))!, recursive: true);
    }

    [Fact]
    public async Task An_edit_cannot_rename()
    {
        var run = await EditAsync("sed -i 's/name: cart$/name: basket/' \"$1\"");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("error: an edit is of Service shop/cart alone, but the text is now Service shop/basket", run.Error);
        Directory.Delete(Path.GetDirectoryName(Kept(run))!, recursive: true);
    }

    [Fact]
    public async Task An_editor_that_fails_changes_nothing()
    {
        var run = await EditAsync("exit 3");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("failed with exit code 3; nothing was changed", run.Error);
    }

    private static string Kept(CtlRun run)
    {
        const string Before = "what you wrote is kept in ";
        var rest = run.Error[(run.Error.IndexOf(Before, StringComparison.Ordinal) + Before.Length)..];
        return rest[..rest.IndexOf(": correct it there", StringComparison.Ordinal)];
    }

    private Task<CtlRun> EditAsync(string script)
    {
        var editor = _controller.Directory.WriteProgram("editor", script);
        return _controller.RunAsync(
            ["edit", "service", "cart", "-n", "shop"], environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["EDITOR"] = editor });
    }
}
