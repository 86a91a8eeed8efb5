using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Microbench.Environments;

/// <summary>One loop of one node's data path, with everything a loop of the daemon has: metrics, access log, TLS, mesh links.</summary>
internal sealed class BenchNode : IAsyncDisposable
{
    private readonly AccessLog _log;
    private readonly List<LoopListener> _listeners = [];

    public BenchNode(string name)
    {
        var metrics = new MeshMetrics(new MetricRegistry(1, TimeProvider.System));
        _log = new AccessLog(new AccessLogStream(Stream.Null), metrics);
        Shared = new ProxyShared(new ProxyOptions { NodeName = name, LoopCount = 1 }, metrics, _log, TimeProvider.System, NullLoggerFactory.Instance);
        Loop = new EventLoop(0, TimeProvider.System, NullLogger.Instance);
        Worker = new ProxyLoop(Loop, Shared);
    }

    public EventLoop Loop { get; }

    public ProxyShared Shared { get; }

    public ProxyLoop Worker { get; }

    /// <summary>Listens on loopback and has every accepted socket handled on the loop.</summary>
    public Task<IpEndpoint> ListenAsync(Func<ProxyLoop, AcceptedSocket, Task> handle) => Loop.InvokeAsync(() =>
    {
        var listener = LoopListener.Bind(Loop, IpEndpoint.FromIPv4(0x7f000001, 0), new ListenerOptions(), NullLogger.Instance);
        _listeners.Add(listener);
        _ = AcceptAsync(listener, handle);
        return new ValueTask<IpEndpoint>(listener.Local);
    });

    public async ValueTask DisposeAsync()
    {
        await Loop.InvokeAsync(async () =>
        {
            foreach (var listener in _listeners)
            {
                await listener.DisposeAsync();
            }

            Worker.Live.CutAll(RefusalCode.Draining, "the benchmark is over");
            Worker.Links.CloseAll("the benchmark is over");
            Worker.Inbound.CloseAll("the benchmark is over");
            return true;
        });
        Loop.Dispose();
        Worker.Dispose();
        Shared.Dispose();
        await _log.DisposeAsync();
    }

    private async Task AcceptAsync(LoopListener listener, Func<ProxyLoop, AcceptedSocket, Task> handle)
    {
        while (await listener.AcceptSocketAsync() is { Socket.IsOpen: true } accepted)
        {
            _ = handle(Worker, accepted);
        }
    }
}
