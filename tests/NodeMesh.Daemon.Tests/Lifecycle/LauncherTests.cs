using System.Diagnostics;
using System.Globalization;

namespace NodeMesh.Daemon.Tests.Lifecycle;

/// <summary>The script between systemd and the daemon, with shells in the daemon's place.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task It_ends_as_its_program_ends()
    {
        using var launcher = Launch("exit 2");
        await launcher.WaitForExitAsync();
        Assert.Equal(2, launcher.ExitCode);

        using var killed = Launch("kill -KILL $$");
        await killed.WaitForExitAsync();
        Assert.Equal(128 + 9, killed.ExitCode);
    }

    [Theory]
    [InlineData("HUP")]
    [InlineData("TERM")]
    public async Task It_passes_signals_on_and_waits_for_what_becomes_of_them(string signal)
    {
        using var launcher = Launch($"trap 'exit 7' {signal}; echo ready; while :; do sleep 0.05; done");
        Assert.Equal("ready", await launcher.StandardOutput.ReadLineAsync());

        await SignalAsync(launcher.Id, signal);
        await launcher.WaitForExitAsync();

        Assert.Equal(7, launcher.ExitCode);
    }

    [Fact]
    public async Task A_program_that_leaves_it_goes_on_without_it()
    {
        var pipe = Pipe("go");
        using var launcher = Launch($"kill -USR1 $NODEMESHD_LAUNCHER; echo $$; read -r line < '{pipe}'; echo $line > '{_directory.File("done")}'");
        var program = int.Parse((await launcher.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        await launcher.WaitForExitAsync();
        Assert.Equal(0, launcher.ExitCode);
        Assert.True(Directory.Exists($"/proc/{program}"));

        await File.WriteAllTextAsync(pipe, "carried on\n");

        await Wait.UntilAsync(() => File.Exists(_directory.File("done")) && new FileInfo(_directory.File("done")).Length > 0, "the program ends its work");
        Assert.Equal("carried on\n", await File.ReadAllTextAsync(_directory.File("done")));
    }

    public void Dispose() => _directory.Dispose();

    private static Process Launch(string script) => Process.Start(new ProcessStartInfo(
        Path.Combine(AppContext.BaseDirectory, "nodemeshd-launch"), ["/bin/sh", "-c", script])
    { UseShellExecute = false, RedirectStandardOutput = true })!;

    private static async Task SignalAsync(int pid, string signal)
    {
        using var kill = Process.Start("/bin/kill", ["-s", signal, pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private string Pipe(string name)
    {
        var path = _directory.File(name);
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
        return path;
    }
}
