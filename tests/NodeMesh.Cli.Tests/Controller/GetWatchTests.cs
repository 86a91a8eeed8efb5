using System.Diagnostics;
using System.Text.Json.Nodes;

namespace NodeMesh.Cli.Tests.Controller;

/// <summary>nodemeshctl get --watch, as it was built, against a controller.</summary>
public sealed class GetWatchTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private RunningController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await RunningController.StartAsync();
        await _controller.ApplyAsync(MeshFiles.Mesh + "---\n" + MeshFiles.Cart);
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task What_there_is_is_listed_and_each_change_is_a_line_until_Ctrl_C()
    {
        using var watch = Start();
        Assert.StartsWith("NAMESPACE   NAME   PORTS", await LineAsync(watch));
        Assert.StartsWith("shop        cart   http:80", await LineAsync(watch));
        await _controller.ApplyAsync(MeshFiles.CartOnPort(81));
        Assert.Equal("updated    Service shop/cart  revision 2", await LineAsync(watch));
        await _controller.RunAsync("delete", "service", "shop/cart");
        Assert.Equal("deleted    Service shop/cart  revision 3", await LineAsync(watch));
        using (var interrupt = Process.Start("kill", ["-INT", $"{watch.Id}"]))
        {
            await interrupt.WaitForExitAsync();
        }

        await watch.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, watch.ExitCode);
    }

    [Fact]
    public async Task For_scripts_it_is_a_document_a_line()
    {
        using var watch = Start("-o", "json");
        var present = JsonNode.Parse(await LineAsync(watch))!;
        await _controller.ApplyAsync(MeshFiles.CartOnPort(81));
        var updated = JsonNode.Parse(await LineAsync(watch))!;
        watch.Kill();
        Assert.Equal(("present", 1), ((string?)present["action"], (int)present["revision"]!));
        Assert.Equal(("updated", 81), ((string?)updated["action"], (int)updated["resource"]!["spec"]!["ports"]![0]!["port"]!));
    }

    private static async Task<string> LineAsync(Process watch) =>
        await watch.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("the watch has ended");

    private Process Start(params string[] more)
    {
        // Where the tests themselves run in the background, the program would inherit that Ctrl-C is ignored.
        string[] arguments = ["--default-signal=INT", Path.Combine(AppContext.BaseDirectory, "nodemeshctl"), "get", "services", "--watch", "--controller", _controller.Address, .. more];
        return Process.Start(new ProcessStartInfo("env", arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
    }
}
