using System.Diagnostics;
using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests;

/// <summary>What the tests on this harness rely on.</summary>
public class TestNetworkTests
{
    [Fact]
    public async Task Machines_reach_each_other_by_name_over_both_families()
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");
        var b = await net.AddMachineAsync("b");
        await using var server = b.StartPeer("line_server.py", "b", "80");
        await server.WaitForListenerAsync(80);

        foreach (var address in new[] { b.IPv4, b.IPv6 })
        {
            var result = await a.RunAsync("python3", "/run/peers/line_client.py", address.ToString(), "80", "--once");
            Assert.StartsWith("b port=80", result.EnsureSuccess().Output, StringComparison.Ordinal);
        }

        Assert.Contains("b", await a.OutputOfAsync("getent", "hosts", "b"), StringComparison.Ordinal);
        Assert.Equal("a\n", await a.OutputOfAsync("hostname"));
    }

    [Fact]
    public async Task An_address_that_is_nowhere_is_refused_at_once()
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");

        var result = await a.RunAsync("python3", "/run/peers/line_client.py", "192.0.2.1", "80", "--once");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("unreachable", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_runs_as_a_user_without_a_name_in_a_control_group()
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");
        var group = a.AddCgroup("web.service");
        a.AddUser("web", 2002);

        var options = new CommandOptions { Uid = 2001, Gid = 2002, Cgroup = group, MaxOpenFiles = 123, WorkingDirectory = "/run" };
        var result = await a.RunAsync(options, "sh", "-c", "id -u; id -gn; ulimit -n; pwd; grep ^0:: /proc/self/cgroup");

        Assert.Equal($"2001\nweb\n123\n/run\n0::{group.Path}\n", result.EnsureSuccess().Output);
    }

    [Fact]
    public async Task Ambient_capabilities_reach_an_unprivileged_command()
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");

        var options = new CommandOptions { Uid = 2001, AmbientCapabilities = ["net_admin", "net_raw"] };
        var result = await a.RunAsync(options, "grep", "CapEff", "/proc/self/status");

        Assert.Equal("CapEff:\t0000000000003000\n", result.EnsureSuccess().Output);
    }

    [Fact]
    public async Task A_machine_has_files_of_its_own()
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");
        var b = await net.AddMachineAsync("b");

        await a.WriteFileAsync("/etc/nodemesh/nodemeshd.yaml", "node: a\n");
        await a.WriteFileAsync("/run/nodemesh/x", "a\n");

        Assert.Equal("node: a\n", await a.OutputOfAsync("cat", "/etc/nodemesh/nodemeshd.yaml"));
        Assert.False(File.Exists(b.PathOf("/etc/nodemesh/nodemeshd.yaml")));
        Assert.False(File.Exists(b.PathOf("/run/nodemesh/x")));
        Assert.False(File.Exists("/etc/nodemesh/nodemeshd.yaml"));
    }

    [Fact]
    public async Task A_background_process_is_talked_to_and_ends_by_signal()
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");
        await using var shell = a.Start("bash", "-c", "trap 'echo bye; exit 3' TERM; echo up; while :; do read -r x && echo got $x; done");

        await shell.WaitForLineAsync("up");
        await shell.WriteLineAsync("one");
        Assert.Equal("up", await shell.ReadLineAsync());
        Assert.Equal("got one", await shell.ReadLineAsync());
        var result = await shell.StopAsync();

        Assert.Equal(3, result.ExitCode);
        Assert.EndsWith("bye\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_killed_with_its_children()
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");

        var options = new CommandOptions { Timeout = TimeSpan.FromMilliseconds(300) };
        var error = await Assert.ThrowsAsync<TimeoutException>(() => a.RunAsync(options, "sh", "-c", "echo before; sleep 4321 & wait"));

        Assert.Contains("before", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("4321", await a.OutputOfAsync("ps", "axo", "args"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_capture_shows_what_passed_over_the_wire()
    {
        await using var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");
        var b = await net.AddMachineAsync("b");
        await using var server = b.StartPeer("line_server.py", "b", "80");
        await server.WaitForListenerAsync(80);
        await using var capture = await a.CaptureAsync("tcp port 80");

        await a.RunAsync(
            new CommandOptions { Input = "a secret word" }, "python3", "/run/peers/line_client.py", b.IPv4.ToString(), "80");
        await capture.StopAsync();

        Assert.True(capture.Contains("a secret word"));
        Assert.False(capture.Contains("another word"));
        Assert.Contains(await capture.ReadPacketsAsync(), line => line.Contains("Flags [S]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_left_of_a_network()
    {
        var net = await TestNetwork.CreateAsync();
        var a = await net.AddMachineAsync("a");
        var group = a.AddCgroup("web.service");
        var daemon = a.Start(new CommandOptions { Cgroup = group }, "sh", "-c", "(setsid sleep 98765 &) ; echo started; sleep 98766");
        await daemon.WaitForLineAsync("started");
        await Until.TrueAsync(() => Task.FromResult(ProcessesWith("9876").Length == 2), "both to sleep");

        await net.DisposeAsync();

        Assert.Empty(ProcessesWith("9876"));
        Assert.False(Directory.Exists(group.Directory));
        Assert.False(Directory.Exists(Path.GetDirectoryName(Path.GetDirectoryName(group.Directory))));
    }

    private static string[] ProcessesWith(string argument) =>
        [.. Process.GetProcesses().Where(p => p.ProcessName is "sleep").Select(p => CommandLine(p.Id)).Where(c => c.Contains(argument, StringComparison.Ordinal))];

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
