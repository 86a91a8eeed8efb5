using System.Diagnostics;

namespace NodeMesh.Cli.Tests;

/// <summary>A watch on a real terminal, made by script(1).</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private AdminServer _server = null!;

    public async Task InitializeAsync() => _server = await AdminServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task On_a_terminal_it_redraws_in_place_and_gives_the_cursor_back()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "nodemeshctl");
        // Ctrl-C, as the terminal would send it, once the second picture is drawn.
        var command = $"stty cols 80; '{program}' connections --watch --socket '{_server.Socket}'; echo ended with $?";
        var start = new ProcessStartInfo("script", ["-qefc", command, "/dev/null"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["TERM"] = "xterm";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        await _server.Asked.WaitAsync();
        await _server.Asked.WaitAsync();

        await process.StandardInput.WriteAsync('\x03');
        await process.StandardInput.FlushAsync();
        var text = await output;
        await process.WaitForExitAsync();
        Assert.Contains("until Ctrl-C", text);
        Assert.Contains("4711   outbound    shop/web", text);
        Assert.Contains("\e[?25h", text);
        Assert.DoesNotContain("\e[0A", text);
        Assert.Contains("ended with 0", text);
    }
}
