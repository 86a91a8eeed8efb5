using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Tests.Tunnels;

/// <summary>
/// The data path of one node in the test process, with one loop: a mesh listener, and for outbound a front that is told where its clients mean to
/// go, in place of the firewall's redirection.
/// </summary>
internal sealed class MeshNode : IAsyncDisposable
{
    private readonly List<LoopListener> _fronts = [];

    public MeshNode(string name, string address, MeshLinkOptions? links = null)
    {
        Metrics = new MeshMetrics(new MetricRegistry(1, TimeProvider.System));
        AccessLog = new AccessLog(Lines, Metrics);
        var options = new ProxyOptions
        {
            NodeName = name,
            LoopCount = 1,
            MeshListeners = [IpEndpoint.From(IPAddress.Parse(address), 0)],
            ConnectTimeout = links?.ConnectTimeout ?? TimeSpan.FromSeconds(5),
            HandshakeTimeout = links?.HandshakeTimeout ?? TimeSpan.FromSeconds(10),
        };
        Proxy = new MeshProxy(options, Metrics, AccessLog, TimeProvider.System, NullLoggerFactory.Instance, links);
    }

    public MeshProxy Proxy { get; }

    public MeshMetrics Metrics { get; }

    public AccessLog AccessLog { get; }

    public AccessLogLines Lines { get; } = new();

    public ProxyLoop Worker => Proxy.Workers[0];

    public EventLoop Loop => Worker.Loop;

    public IpEndpoint MeshAddress => Proxy.MeshListeners[0];

    public Task<T> OnLoop<T>(Func<T> function) => Loop.InvokeAsync(() => new ValueTask<T>(function()));

    public Task OnLoop(Action action) => OnLoop(() =>
    {
        action();
        return true;
    });

    /// <summary>A listener whose clients are taken as if they had been redirected on their way to <paramref name="destination"/>.</summary>
    public async Task<IPEndPoint> CaptureAsync(IpEndpoint destination)
    {
        var front = await OnLoop(() =>
        {
            var listener = LoopListener.Bind(Loop, IpEndpoint.From(IPAddress.Loopback, 0), new ListenerOptions(), NullLogger.Instance);
            _ = AcceptAsync(listener);
            return listener;
        });
        _fronts.Add(front);
        return front.Local.ToIPEndPoint();

        async Task AcceptAsync(LoopListener listener)
        {
            while (await listener.AcceptSocketAsync() is { Socket.IsOpen: true } accepted)
            {
                _ = Worker.Outbound.CarryAsync(accepted, destination, accepted.Socket.LocalEndpoint);
            }
        }
    }

    /// <summary>The value of a metric as a scrape would show it; the labels as they stand there.</summary>
    public double Metric(string name, string labels = "")
    {
        var output = new ArrayBufferWriter<byte>();
        Metrics.Registry.Write(output, ExpositionFormat.OpenMetrics);
        var total = 0.0;
        foreach (var line in Encoding.UTF8.GetString(output.WrittenSpan).Split('\n'))
        {
            if ((line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
                && labels.Split(',').All(label => line.Contains(label, StringComparison.Ordinal)))
            {
                total += double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        return total;
    }

    /// <summary>Waits until nothing is carried any more, then holds that nothing is left: buffers, links, gauges, counts.</summary>
    public async Task AssertNothingIsLeftAsync()
    {
        await Until.TrueAsync(() => Proxy.OpenConnections == 0, "all connections ended");
        await OnLoop(() =>
        {
            Worker.Links.CloseAll("the test is over");
            Worker.Inbound.CloseAll("the test is over");
        });
        var baseline = Proxy.MeshListeners.Count + _fronts.Count;
        await Until.TrueAsync(() => Loop.Load == baseline, $"no descriptor but the {baseline} listeners is left, there are {Loop.Load}");
        await Until.TrueAsync(() => Loop.Buffers.Rented == 0, "all buffers are back");
        Assert.Equal(0, await OnLoop(() => Worker.Links.Keys));
        Assert.Equal(0, await OnLoop(() => Worker.Memory.Held));
        Assert.Equal(0, await OnLoop(() => Worker.Memory.Links));
        Assert.Equal(0, Metric("nodemesh_mesh_links_open"));
        Assert.Equal(0, Metric("nodemesh_mesh_link_streams_open"));
        Assert.Equal(0, Metric("nodemesh_mesh_link_waiters"));
        Assert.All(Worker.Shared.Snapshot?.Endpoints ?? [], endpoint => Assert.Equal(0, endpoint.State.Active));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var front in _fronts)
        {
            await Loop.InvokeAsync(async () =>
            {
                await front.DisposeAsync();
                return true;
            });
        }

        await Proxy.DisposeAsync();
        await AccessLog.DisposeAsync();
    }
}
