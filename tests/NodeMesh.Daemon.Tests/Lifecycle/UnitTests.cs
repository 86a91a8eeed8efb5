using System.Diagnostics;
using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Tests.Lifecycle;

/// <summary>The systemd units, judged by systemd itself and against what the daemon asks for.</summary>
public sealed class UnitTests : IDisposable
{
    private static readonly string[] Installed = ["/usr/bin/nodemeshd", "/usr/bin/nodemeshctl", "/usr/bin/nodemesh-controller", "/usr/sbin/nodemesh-iptables", "/usr/lib/nodemesh/nodemeshd-launch"];

    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData("nodemeshd.service")]
    [InlineData("nodemesh-controller.service")]
    [InlineData("nodemesh.target")]
    public async Task Systemd_finds_nothing_wrong_with_the_unit(string name)
    {
        // The programs it names are not installed here.
        var unit = await File.ReadAllTextAsync(UnitFile(name));
        _directory.Replace(name, Installed.Aggregate(unit, (text, program) => text.Replace(program + "\n", "/bin/true\n", StringComparison.Ordinal).Replace(program + " ", "/bin/true ", StringComparison.Ordinal)));
        using var process = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", _directory.File(name)])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;

        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal((0, ""), (process.ExitCode, errors));
    }

    [Fact]
    public async Task It_grants_the_capabilities_that_the_default_settings_need_and_no_privilege_besides()
    {
        var lines = await File.ReadAllLinesAsync(UnitFile("nodemeshd.service"));
        var granted = Value(lines, "AmbientCapabilities").Split(' ').ToHashSet(StringComparer.Ordinal);

        Assert.Superset(
            ProcessCapabilities.Judge(new DaemonOptions(), 0)
                .Where(capability => capability.IsRequired).Select(capability => capability.Name).ToHashSet(StringComparer.Ordinal),
            granted);
        Assert.Subset(
            ProcessCapabilities.Judge(new DaemonOptions(), 0)
                .Select(capability => capability.Name).ToHashSet(StringComparer.Ordinal),
            granted);
        Assert.Equal(Value(lines, "AmbientCapabilities"), Value(lines, "CapabilityBoundingSet"));
        Assert.Equal(("nodemesh", "yes"), (Value(lines, "User"), Value(lines, "NoNewPrivileges")));
    }

    public void Dispose() => _directory.Dispose();

    private static string Value(string[] lines, string name) => lines.Single(line => line.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    private static string UnitFile(string name) => Path.Combine(AppContext.BaseDirectory, name);
}
