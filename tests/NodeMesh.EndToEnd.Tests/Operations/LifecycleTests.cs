using System.Diagnostics;
using NodeMesh.EndToEnd.Tests.Harness;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Operations;

/// <summary>Daemons that stop, die, start, and run out of descriptors. A mesh for each.</summary>
public class LifecycleTests : IAsyncLifetime
{
    private readonly ServiceMesh _mesh = new();

    public Task InitializeAsync() => _mesh.InitializeAsync();

    public Task DisposeAsync() => _mesh.DisposeAsync();

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    public async Task SIGTERM_lets_what_is_open_finish_and_takes_nothing_new(string name)
    {
        var node = _mesh.Mesh[name];
        var live = await LineServer.ConnectAsync(_mesh.A.Machine, ServiceMesh.Web, LineServer.Vip4);
        await node.Daemon.SignalAsync(Signals.Terminate);
        await Until.TrueAsync(async () => (await node.Admin.StatusAsync()).GetProperty("state").GetString() == "draining", "the daemon to drain");

        Assert.DoesNotContain("server", await _mesh.CallAsync(), StringComparison.Ordinal);
        await LineServer.AssertLivesAsync(live);
        Assert.False(node.Daemon.HasExited);

        // With the last connection it ends, before the grace time (5 s) is over.
        live.CloseInput();
        await live.WaitForExitAsync();
        Assert.Equal(0, (await node.Daemon.WaitForExitAsync(TimeSpan.FromSeconds(4))).ExitCode);
    }

    [Fact]
    public async Task SIGTERM_cuts_what_does_not_finish_in_time()
    {
        await using var live = await LineServer.ConnectAsync(_mesh.A.Machine, ServiceMesh.Web, LineServer.Vip4);
        var stopped = await _mesh.A.Daemon.StopAsync(TimeSpan.FromSeconds(15));
        Assert.Equal(0, stopped.ExitCode);
        await live.WriteLineAsync("still there?");
        Assert.NotEqual("still there?", await live.ReadLineAsync());
    }

    [Fact]
    public async Task A_dead_daemon_leaves_traffic_refused_and_never_in_plaintext_and_a_new_one_takes_over_at_once()
    {
        await using var capture = await _mesh.B.Machine.CaptureAsync($"tcp port {LineServer.Port}");
        await _mesh.A.Daemon.KillAsync();
        foreach (var address in new object[] { LineServer.Vip4, LineServer.Vip6, _mesh.B.Machine.IPv4, _mesh.B.Machine.IPv6 })
        {
            Assert.Contains("ECONNREFUSED", await RawCallAsync(_mesh.A.Machine, address), StringComparison.Ordinal);
        }

        await capture.StopAsync();
        Assert.Empty(await capture.ReadPacketsAsync());

        await _mesh.A.StartAsync();
        Assert.StartsWith("server ", await _mesh.CallAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_peer_daemon_lets_nobody_reach_the_application_and_a_new_one_is_found_at_once()
    {
        Assert.StartsWith("server ", await _mesh.CallAsync(), StringComparison.Ordinal);
        var outsider = await _mesh.Mesh.Network.AddMachineAsync("outsider");
        await _mesh.B.Daemon.KillAsync();

        Assert.Contains("ECONNREFUSED", await RawCallAsync(outsider, _mesh.B.Machine.IPv4), StringComparison.Ordinal);
        Assert.Contains("ECONNREFUSED", await RawCallAsync(outsider, _mesh.B.Machine.IPv6), StringComparison.Ordinal);
        Assert.DoesNotContain("server", await _mesh.CallAsync(), StringComparison.Ordinal);

        await _mesh.B.StartAsync();
        Assert.StartsWith("server ", await _mesh.CallAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_without_configuration_carries_nothing_until_it_has_one()
    {
        await _mesh.A.Daemon.StopAsync();
        await _mesh.A.Machine.OutputOfAsync("mv", MeshNode.ResourceDirectory, "/etc/nodemesh/elsewhere");
        await _mesh.A.Machine.OutputOfAsync("mkdir", MeshNode.ResourceDirectory);
        await _mesh.A.LaunchAsync();
        await _mesh.A.Daemon.WaitForListenerAsync(15001);

        Assert.False(await _mesh.A.Admin.IsReadyAsync());
        foreach (var address in new object[] { LineServer.Vip4, _mesh.B.Machine.IPv4 })
        {
            Assert.DoesNotContain("server", await _mesh.CallAsync(address), StringComparison.Ordinal);
        }

        await _mesh.A.WaitForRefusalAsync("no-configuration");
        await _mesh.A.Machine.OutputOfAsync("sh", "-c", $"mv /etc/nodemesh/elsewhere/* {MeshNode.ResourceDirectory}/");
        await Until.TrueAsync(_mesh.A.Admin.IsReadyAsync, "the daemon to find its configuration by itself");
        Assert.StartsWith("server ", await _mesh.CallAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_out_of_descriptors_keeps_what_it_has_waits_quietly_and_recovers()
    {
        const int Limit = 256;
        await _mesh.A.Daemon.StopAsync();
        _mesh.A.MaxOpenFiles = Limit;
        await _mesh.A.StartAsync();
        await using var live = await LineServer.ConnectAsync(_mesh.A.Machine, ServiceMesh.Web, LineServer.Vip4);

        await using var crowd = _mesh.A.Machine.StartPeer(ServiceMesh.Web, "hold_client.py", LineServer.Vip4, $"{LineServer.Port}", "600");
        await crowd.WaitForLineAsync("held 600");
        var process = await _mesh.A.Daemon.GetProcessIdAsync();
        await Until.TrueAsync(() => Directory.GetFileSystemEntries($"/proc/{process}/fd").Length >= Limit - 1, "the daemon to have no descriptor left");

        var cpu = await _mesh.A.CpuTimeAsync();
        var began = Stopwatch.GetTimestamp();
        await Until.TrueAsync(
            async () =>
            {
                await LineServer.AssertLivesAsync(live);
                return Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(2);
            },
            "two seconds of a live connection");
        var share = (await _mesh.A.CpuTimeAsync() - cpu) / Stopwatch.GetElapsedTime(began);
        Assert.InRange(share, 0, 0.5);
        Assert.False(_mesh.A.Daemon.HasExited);

        crowd.CloseInput();
        await crowd.WaitForLineAsync("closed");
        await Until.TrueAsync(async () => (await _mesh.CallAsync()).StartsWith("server ", StringComparison.Ordinal), "new connections to be taken again");
        await LineServer.AssertLivesAsync(live);
    }

    /// <summary>How a plain connect ends, by the kernel's name for it.</summary>
    private static async Task<string> RawCallAsync(Machine machine, object address)
    {
        var result = await machine.RunAsync(ServiceMesh.Web, "python3", "/run/peers/stream_client.py", $"{address}", $"{LineServer.Port}", "line");
        return result.EnsureSuccess().Output;
    }
}
