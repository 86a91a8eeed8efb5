using System.Text.Json.Nodes;

namespace NodeMesh.Cli.Tests.Controller;

public sealed class ApplyTests : IAsyncLifetime
{
    private RunningController _controller = null!;

    public async Task InitializeAsync() => _controller = await RunningController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Files_and_directories_are_one_revision_and_each_resource_is_told()
    {
        _controller.Directory.Write("mesh/mesh.yaml", MeshFiles.Mesh);
        var cart = _controller.Directory.Write("cart.yaml", MeshFiles.Cart);
        string[] apply = ["apply", "-f", _controller.Directory["mesh"], "-f", cart];

        var first = await _controller.RunAsync(apply);
        var again = await _controller.RunAsync(apply);
        _controller.Directory.Write("cart.yaml", MeshFiles.CartOnPort(81));
        var changed = await _controller.RunAsync(apply);

        Assert.Equal(
            new CtlRun(0, "created    MeshConfig mesh\ncreated    Node web-1\ncreated    Service shop/cart\ncreated    Workload shop/cart-1\nrevision 1\n", ""), first);
        Assert.Equal(
            new CtlRun(0, "unchanged  MeshConfig mesh\nunchanged  Node web-1\nunchanged  Service shop/cart\nunchanged  Workload shop/cart-1\nnothing to change\n", ""), again);
        Assert.Equal(
            new CtlRun(0, "unchanged  MeshConfig mesh\nunchanged  Node web-1\nupdated    Service shop/cart\nunchanged  Workload shop/cart-1\nrevision 2\n", ""), changed);
    }

    [Fact]
    public async Task An_error_names_file_and_line_and_nothing_of_the_apply_is_kept()
    {
        await _controller.ApplyAsync(MeshFiles.Mesh);
        var file = _controller.Directory.Write("cart.yaml", MeshFiles.CartOnPort(81).Replace("node: web-1", "node: web-2", StringComparison.Ordinal));

        var run = await _controller.RunAsync("apply", "-f", file);

        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains($"error: the resources are not right; nothing was changed\n{file}:12:9: error: Workload shop/cart-1: spec.node: there is no Node web-2", run.Error);
        Assert.DoesNotContain("shop", (await _controller.RunAsync("get", "all")).Output);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        var run = await _controller.RunAsync(["apply", "--dry-run", "-f", "-"], MeshFiles.Mesh);

        Assert.Equal(new CtlRun(0, "created    MeshConfig mesh\ncreated    Node web-1\ndry run: 2 resources would be changed; nothing was\n", ""), run);
        Assert.Equal(new CtlRun(0, "", "There are no revisions here.\n"), await _controller.RunAsync("history"));
    }

    [Fact]
    public async Task What_has_the_labels_and_is_in_the_files_no_more_is_pruned()
    {
        await _controller.ApplyAsync(MeshFiles.Mesh + "---\n" + MeshFiles.Cart);
        var service = MeshFiles.Cart[..MeshFiles.Cart.IndexOf("---", StringComparison.Ordinal)];

        var run = await _controller.RunAsync(["apply", "-f", "-", "--prune", "team=shop,app=cart"], service);

        Assert.Equal("unchanged  Service shop/cart\ndeleted    Workload shop/cart-1\nrevision 2\n", run.Output);
        Assert.Contains("<stdin>:5:13: warning: Service shop/cart: spec.selector: no workload of namespace shop", run.Error);
    }

    [Fact]
    public async Task What_was_changed_since_the_base_is_refused()
    {
        await _controller.ApplyAsync(MeshFiles.Mesh + "---\n" + MeshFiles.Cart);
        await _controller.ApplyAsync(MeshFiles.CartOnPort(81));

        var run = await _controller.RunAsync(["apply", "-f", "-", "--base", "1"], MeshFiles.CartOnPort(82));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("error: Service shop/cart was changed by revision 2, and revision 1 is what you have seen", run.Error);
    }

    [Fact]
    public async Task Json_is_the_answer_of_the_controller()
    {
        var run = await _controller.RunAsync(["apply", "-f", "-", "-o", "json"], MeshFiles.Mesh);

        var answer = JsonNode.Parse(run.Output)!;
        Assert.Equal(1, (long)answer["revision"]!);
        Assert.Equal(["created", "created"], answer["changes"]!.AsArray().Select(change => (string)change!["action"]!));
    }

    [Fact]
    public async Task A_file_that_is_no_text_is_refused_by_name()
    {
        var file = _controller.Directory["x.yaml"];
        await File.WriteAllBytesAsync(file, [0xff, 0xfe, 0x00]);

        var run = await _controller.RunAsync("apply", "-f", file);

        Assert.Equal(new CtlRun(1, "", $"error: {file} is not UTF-8 text\n"), run);
    }

    [Theory]
    [InlineData("apply", 1)]
    [InlineData("diff", 2)]
    public async Task Nothing_at_all_is_not_taken_for_what_is_wanted(string command, int exit)
    {
        await _controller.ApplyAsync(MeshFiles.Mesh + "---\n" + MeshFiles.Cart);

        var empty = await _controller.RunAsync([command, "-f", "-", "--prune", "team=shop"], "\n---\n# nothing\n");
        var missing = await _controller.RunAsync(command, "-f", "nowhere.yaml");

        Assert.Equal(new CtlRun(exit, "", "error: there is no resource in -\n"), empty);
        Assert.Equal(new CtlRun(exit, "", "error: there is no file or directory nowhere.yaml\n"), missing);
    }

    [Fact]
    public async Task A_diff_exits_0_for_the_same_1_for_another_and_2_for_trouble()
    {
        await _controller.ApplyAsync(MeshFiles.Mesh + "---\n" + MeshFiles.Cart);

        var same = await _controller.RunAsync(["diff", "-f", "-"], MeshFiles.Cart);
        var other = await _controller.RunAsync(["diff", "-f", "-"], MeshFiles.CartOnPort(81));
        var wrong = await _controller.RunAsync(["diff", "-f", "-"], "kind: Service\n");

        Assert.Equal(new CtlRun(0, "", ""), same);
        Assert.Equal(
            new CtlRun(
                1,
                """
                --- Service shop/cart
                +++ Service shop/cart
                @@ -8,7 +8,7 @@
                 spec:
                   ports:
                     - name: http
                -      port: 80
                +      port: 81
                       targetPort: 8080
                   selector:
                     app: cart

                """,
                ""),
            other);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("<stdin>:1:1: error: ", wrong.Error);
        Assert.Equal(1, (await _controller.RunAsync("history", "-o", "json") is { } run ? JsonNode.Parse(run.Output)!["revisions"]!.AsArray().Count : 0));
    }
}
