using System.Diagnostics;

namespace NodeMesh.Cli.Tests;

/// <summary>A watch on a real terminal, made by script(1).</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private AdminServer _server = null!;

    public async Task InitializeAsync() => _server = await AdminServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task On_a_terminal_it_redraws_in_place_and_gives_the_cursor_back()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "nodemeshctl");
        // The shell gives way to the program: a Ctrl-C reaches every process of the terminal, and which shells outlive it differs. Where the
        // tests themselves run in the background, the program would inherit that Ctrl-C is ignored.
        var command = $"stty cols 80; exec env --default-signal=INT '{program}' connections --watch --socket '{_server.Socket}'";
        var start = new ProcessStartInfo("script", ["-qefc", command, "/dev/null"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["TERM"] = "xterm";
        start.Environment["SHELL"] = "/bin/sh";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        Assert.True(await _server.Asked.WaitAsync(Patience), "nothing was asked");
        Assert.True(await _server.Asked.WaitAsync(Patience), "nothing was asked");
        // Ctrl-C, as the terminal would send it, once the first picture is drawn and the second is asked for.
        await process.StandardInput.WriteAsync('\x03');
        await process.StandardInput.FlushAsync();
        var text = await output.WaitAsync(Patience);
        await process.WaitForExitAsync();
        Assert.Contains("until Ctrl-C", text);
        Assert.Contains("4711   outbound    shop/web", text);
        Assert.Contains("\e[?25h", text);
        Assert.DoesNotContain("\e[0A", text);
        Assert.Equal(0, process.ExitCode);
    }
}
