using System.Net;
using System.Net.Sockets;
using System.Text;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Tests.Lifecycle;

/// <summary>One daemon after another on the same listening sockets.</summary>
public sealed class HandOverTests : IDisposable
{
    /// <summary>Two loops with three listeners each, and DNS over UDP and TCP.</summary>
    private const int Sockets = 8;

    private readonly TestMesh _mesh = new();
    private readonly DescriptorStore _store;

    public HandOverTests()
    {
        _mesh.Issue();
        _store = new DescriptorStore(NotifySocket);
    }

    private string NotifySocket => _mesh.Directory.File("notify");

    private string ReliefFile => _mesh.Directory.File("run/serving-until-relieved");

    [Fact]
    public async Task What_comes_between_two_daemons_waits_for_the_second()
    {
        var options = RunningDaemon.OptionsFor(_mesh);
        await using var first = await RunningDaemon.StartAsync(options, NotifySocket);
        await Wait.UntilAsync(() => _store.Names.Count == Sockets, "all are stored");
        var same = WithAddressesOf(first, options);
        await first.Daemon.HandOverAsync(Relieved);
        await first.Daemon.DrainAsync(TimeSpan.FromSeconds(1));

        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(same.Listeners.Mesh[0].ToString()));
        using var resolver = new UdpClient();
        resolver.Connect(IPEndPoint.Parse(same.Dns.Listen[0].ToString()));
        await resolver.SendAsync(Query());

        await using var second = await RunningDaemon.StartAsync(same, NotifySocket, passed: _store.PassOn());

        // It hears the one that waited.
        await IsHeardAsync(client);
        var (_, metrics) = await second.ScrapeAsync("/metrics");
        Assert.Single(metrics.Split('\n'), line => line.StartsWith("nodemesh_tls_handshakes_total{", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal));

        var response = await resolver.ReceiveAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(Query()[..2], response.Buffer[..2]);
    }

    [Fact]
    public async Task A_daemon_takes_connections_until_its_successor_does()
    {
        var options = RunningDaemon.OptionsFor(_mesh);
        await using var first = await RunningDaemon.StartAsync(options, NotifySocket);
        await Wait.UntilAsync(() => _store.Names.Count == Sockets, "all are stored");
        var same = WithAddressesOf(first, options);
        var left = new TaskCompletionSource();
        var handOver = first.Daemon.HandOverAsync(left.SetResult);
        await left.Task;

        // Nobody else is there yet.
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPEndPoint.Parse(same.Listeners.Mesh[0].ToString()));
            await IsHeardAsync(client);
        }

        using var resolver = new UdpClient();
        resolver.Connect(IPEndPoint.Parse(same.Dns.Listen[0].ToString()));
        await resolver.SendAsync(Query());
        Assert.Equal(Query()[..2], (await resolver.ReceiveAsync().WaitAsync(TimeSpan.FromSeconds(20))).Buffer[..2]);
        Assert.False(handOver.IsCompleted);

        await using var second = await RunningDaemon.StartAsync(same, NotifySocket, passed: _store.PassOn());

        await handOver.WaitAsync(TimeSpan.FromSeconds(20));
        await first.Daemon.DrainAsync(TimeSpan.FromSeconds(1));
        Assert.False(File.Exists(ReliefFile));
    }

    [Fact]
    public async Task Sockets_of_addresses_that_are_no_longer_wanted_leave_the_store()
    {
        var options = RunningDaemon.OptionsFor(_mesh);
        await using (await RunningDaemon.StartAsync(options, NotifySocket))
        {
            await Wait.UntilAsync(() => _store.Names.Count == Sockets, "all are stored");
        }

        var before = _store.Names;
        await using var second = await RunningDaemon.StartAsync(options, NotifySocket, passed: _store.PassOn());

        // Port 0 is another port each time.
        await Wait.UntilAsync(() => _store.Names.Count == Sockets && !before.Intersect(_store.Names, StringComparer.Ordinal).Any(), "others are stored instead");
    }

    public void Dispose()
    {
        _store.Dispose();
        _mesh.Dispose();
    }

    /// <summary>What is said is no TLS, which counts as a handshake, and it is told in order that nothing comes of it.</summary>
    private static async Task IsHeardAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    /// <summary>As the unit does when there is to be no successor.</summary>
    private void Relieved() => File.Delete(ReliefFile);

    private static DaemonOptions WithAddressesOf(RunningDaemon running, DaemonOptions options)
    {
        ListenAddress Of(string name) =>
            ListenAddress.Parse(running.Daemon.Listeners.First(listener => string.Equals(listener.Name, name, StringComparison.Ordinal)).Address);
        return options with
        {
            Listeners = new ListenerOptions { Outbound = [Of("outbound")], Inbound = [Of("inbound")], Mesh = [Of("mesh")] },
            Dns = new DnsSettings { Listen = [Of("dns")] },
        };
    }

    /// <summary>A question for a name of the mesh that does not exist, which the daemon answers by itself.</summary>
    private static byte[] Query() =>
        [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, .. Encoding.ASCII.GetBytes("nowhere"), 4, .. Encoding.ASCII.GetBytes("mesh"), 0, 0, 1, 0, 1];
}
