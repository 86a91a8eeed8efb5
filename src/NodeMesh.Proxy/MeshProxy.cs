using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Explaining;
using NodeMesh.Proxy.Health;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy;

/// <summary>
/// The data path of one node: event loops with the outbound, inbound and mesh listeners, under the configuration and identities last applied.
/// Made and driven by the daemon; thread-safe. Carries nothing until a snapshot was applied.
/// </summary>
public sealed class MeshProxy : IAsyncDisposable
{
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(50);

    private readonly ProxyShared _shared;
    private readonly ProxyLoop[] _workers;
    private readonly List<IpEndpoint> _outbound = [];
    private readonly List<IpEndpoint> _inbound = [];
    private readonly List<IpEndpoint> _mesh = [];
    private TlsIdentitySet? _identities;
    private bool _disposed;

    /// <param name="metrics">With one shard for each of <see cref="ProxyOptions.LoopCount"/> loops.</param>
    public MeshProxy(ProxyOptions options, MeshMetrics metrics, AccessLog accessLog, TimeProvider time, ILoggerFactory loggers)
    {
        _shared = new ProxyShared(options, metrics, accessLog, time, loggers);
        var logger = loggers.CreateLogger<EventLoop>();
        _workers = [.. Enumerable.Range(0, options.LoopCount).Select(index => new ProxyLoop(new EventLoop(index, time, logger), _shared))];
    }

    /// <summary>The addresses bound, with the ports the kernel chose where 0 was asked for.</summary>
    public IReadOnlyList<IpEndpoint> OutboundListeners => _outbound;

    public IReadOnlyList<IpEndpoint> InboundListeners => _inbound;

    public IReadOnlyList<IpEndpoint> MeshListeners => _mesh;

    /// <summary>Judges endpoints by the connects to them; active health checks report to it too.</summary>
    public OutlierDetector Outliers => _shared.Outliers;

    /// <summary>Connections carried now.</summary>
    public int OpenConnections => _workers.Sum(worker => worker.Live.Count);

    /// <summary>Binds the listeners on every loop.</summary>
    /// <exception cref="Linux.LinuxException">An address cannot be bound; the message names it.</exception>
    public async Task StartAsync()
    {
        await ListenAsync(_shared.Options.OutboundListeners, _outbound, (worker, accepted) => worker.Outbound.HandleAsync(accepted));
        await ListenAsync(_shared.Options.InboundListeners, _inbound, (worker, accepted) => worker.Plaintext.HandleAsync(accepted));
        await ListenAsync(_shared.Options.MeshListeners, _mesh, HandOverMeshLink);
    }

    /// <summary>Puts a configuration in force, and cuts the connections that it does not allow any more.</summary>
    public void Apply(MeshSnapshot snapshot)
    {
        _shared.Snapshot = snapshot;
        foreach (var worker in _workers)
        {
            worker.Loop.Post(_ => worker.Live.Recheck(snapshot), null);
        }
    }

    /// <summary>
    /// Uses these certificates and bundles from the next handshake on. Open connections go on; mesh links made with replaced certificates take no
    /// new streams.
    /// </summary>
    public void Apply(TlsIdentitySet identities)
    {
        _shared.TlsServer.Identities = identities;
        _shared.TlsClient.Identities = identities;
        foreach (var worker in _workers)
        {
            worker.Loop.Post(_ => worker.Links.Retire(), null);
        }

        // The set before is left to its handshakes: sessions hold what they use, the rest the collector frees.
        _identities = identities;
    }

    /// <summary>Takes nothing new, lets connections end for <paramref name="grace"/>, then cuts the rest.</summary>
    public async Task DrainAsync(TimeSpan grace, IProgress<int> connectionsLeft)
    {
        _shared.IsDraining = true;
        await OnEveryLoopAsync(async worker =>
        {
            await worker.CloseListenersAsync();
            worker.Inbound.DrainAll();
        });

        var deadline = _shared.Time.GetTimestamp();
        while (OpenConnections > 0 && _shared.Time.GetElapsedTime(deadline) < grace)
        {
            connectionsLeft.Report(OpenConnections);
            await Task.Delay(DrainPoll, _shared.Time);
        }

        await OnEveryLoopAsync(worker =>
        {
            worker.Live.CutAll(RefusalCode.Draining, "the daemon has shut down");
            worker.Links.CloseAll("shutdown");
            worker.Inbound.CloseAll("shutdown");
            return ValueTask.CompletedTask;
        });
        connectionsLeft.Report(0);
    }

    public async Task<IReadOnlyList<ConnectionInfo>> ListConnectionsAsync()
    {
        var lists = await Task.WhenAll(_workers.Select(worker => worker.Loop.InvokeAsync(() => new ValueTask<List<ConnectionInfo>>(worker.Live.Describe()))));
        return [.. lists.SelectMany(list => list).OrderBy(info => info.OpenedAt)];
    }

    /// <summary>What would become of a connection, by the configuration in force.</summary>
    /// <exception cref="ExplainException">The source is not known, or there is no configuration yet.</exception>
    public Explanation Explain(ExplainQuery query) =>
        new Explainer(_shared.Snapshot ?? throw new ExplainException("the daemon has no configuration yet")).Explain(query);

    /// <summary>Asks every loop for a turn; the numbers of those that give none within the time.</summary>
    public async Task<IReadOnlyList<int>> FindStuckLoopsAsync(TimeSpan within)
    {
        var answers = _workers.Select(worker => worker.Loop.InvokeAsync(() => new ValueTask<bool>(true))).ToArray();
        await Task.WhenAny(Task.WhenAll(answers), Task.Delay(within, _shared.Time));
        return [.. answers.Index().Where(answer => !answer.Item.IsCompletedSuccessfully).Select(answer => answer.Index)];
    }

    public IReadOnlyList<LoopStatistics> LoopStatistics() => [.. _workers.Select(worker => worker.Loop.Statistics())];

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await DrainAsync(TimeSpan.Zero, new Progress<int>());
        foreach (var worker in _workers)
        {
            worker.Loop.Dispose();
            worker.Dispose();
        }

        _identities?.Dispose();
        _shared.Dispose();
    }

    private async Task ListenAsync(IReadOnlyList<IpEndpoint> addresses, List<IpEndpoint> bound, Func<ProxyLoop, AcceptedSocket, Task> handle)
    {
        var options = new ListenerOptions();
        var logger = _shared.Loggers.CreateLogger<LoopListener>();
        foreach (var address in addresses)
        {
            var actual = address;
            foreach (var worker in _workers)
            {
                actual = await worker.Loop.InvokeAsync(() =>
                {
                    var listener = LoopListener.Bind(worker.Loop, actual, options, logger);
                    worker.Keep(listener);
                    _ = AcceptAsync(worker, listener, handle);
                    return new ValueTask<IpEndpoint>(listener.Local);
                });
            }

            bound.Add(actual);
        }
    }

    private static async Task AcceptAsync(ProxyLoop worker, LoopListener listener, Func<ProxyLoop, AcceptedSocket, Task> handle)
    {
        while (true)
        {
            var accepted = await listener.AcceptSocketAsync();
            if (!accepted.Socket.IsOpen)
            {
                return;
            }

            _ = handle(worker, accepted);
        }
    }

    /// <summary>A mesh link lives long and carries much: it goes to the loop that has least, not to the one the kernel happened to choose.</summary>
    private Task HandOverMeshLink(ProxyLoop acceptor, AcceptedSocket accepted)
    {
        var target = acceptor;
        foreach (var worker in _workers)
        {
            target = worker.Loop.Load < target.Loop.Load ? worker : target;
        }

        if (target == acceptor)
        {
            return acceptor.Inbound.HandleAsync(accepted);
        }

        target.Loop.Post(_ => _ = target.Inbound.HandleAsync(accepted), null);
        return Task.CompletedTask;
    }

    private Task<bool[]> OnEveryLoopAsync(Func<ProxyLoop, ValueTask> action) => Task.WhenAll(_workers.Select(worker => worker.Loop.InvokeAsync(async () =>
    {
        await action(worker);
        return true;
    })));
}
