using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace NodeMesh.Daemon.Tests.Lifecycle;

/// <summary>What systemd is told, on a datagram socket as systemd has it.</summary>
public sealed class SystemdTests : IDisposable
{
    private readonly TestMesh _mesh = new();
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly ConcurrentQueue<string> _heard = new();

    public SystemdTests()
    {
        _mesh.Issue();
        _manager.Bind(new UnixDomainSocketEndPoint(_mesh.Directory.File("notify")));
        _ = ListenAsync();
    }

    [Fact]
    public async Task It_hears_ready_reloading_watchdog_and_stopping()
    {
        await using var running = await RunningDaemon.StartAsync(
            RunningDaemon.OptionsFor(_mesh), _mesh.Directory.File("notify"), watchdog: TimeSpan.FromMilliseconds(300));
        await HeardAsync(text => text.StartsWith("READY=1\nSTATUS=Ready: revision 1, 1 workload here, 0 connections", StringComparison.Ordinal), "READY");
        await HeardAsync(text => string.Equals(text, "WATCHDOG=1", StringComparison.Ordinal), "WATCHDOG");

        await running.Daemon.ReloadAsync();
        await HeardAsync(text => text.StartsWith("RELOADING=1\nMONOTONIC_USEC=", StringComparison.Ordinal), "RELOADING");
        await Wait.UntilAsync(() => _heard.Count(text => text.StartsWith("READY=1", StringComparison.Ordinal)) == 2, "READY ends the reload");

        await running.Daemon.DrainAsync(TimeSpan.FromSeconds(1));
        await HeardAsync(text => text.StartsWith("STOPPING=1\nSTATUS=Draining: 0 connections left", StringComparison.Ordinal), "STOPPING");
    }

    public void Dispose()
    {
        _manager.Dispose();
        _mesh.Dispose();
    }

    private Task HeardAsync(Func<string, bool> matches, string what) => Wait.UntilAsync(() => _heard.Any(matches), $"systemd hears {what}");

    private async Task ListenAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                _heard.Enqueue(Encoding.UTF8.GetString(buffer, 0, await _manager.ReceiveAsync(buffer)));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }
}
