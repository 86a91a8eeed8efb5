using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Explaining;
using NodeMesh.Proxy.Health;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
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
    private readonly Lock _identitiesLock = new();
    private TlsIdentitySet? _identities;
    private bool _disposed;

    /// <param name="metrics">With one shard for each of <see cref="ProxyOptions.LoopCount"/> loops.</param>
    public MeshProxy(ProxyOptions options, MeshMetrics metrics, AccessLog accessLog, TimeProvider time, ILoggerFactory loggers)
        : this(options, metrics, accessLog, time, loggers, null)
    {
    }

    /// <summary>With other limits on mesh links than the defaults.</summary>
    internal MeshProxy(
        ProxyOptions options, MeshMetrics metrics, AccessLog accessLog, TimeProvider time, ILoggerFactory loggers, MeshLinkOptions? links)
    {
        _shared = new ProxyShared(options, metrics, accessLog, time, loggers, links);
        var logger = loggers.CreateLogger<EventLoop>();
        _workers = [.. Enumerable.Range(0, options.LoopCount).Select(index => new ProxyLoop(new EventLoop(index, time, logger), _shared))];
        _shared.Loops = _workers;
    }

    /// <summary>The addresses bound, with the ports the kernel chose where 0 was asked for.</summary>
    public IReadOnlyList<IpEndpoint> OutboundListeners => _outbound;

    public IReadOnlyList<IpEndpoint> InboundListeners => _inbound;

    public IReadOnlyList<IpEndpoint> MeshListeners => _mesh;

    /// <summary>Judges endpoints by the connects to them; active health checks report to it too.</summary>
    public OutlierDetector Outliers => _shared.Outliers;

    /// <summary>The loops' parts, for tests that look inside.</summary>
    internal IReadOnlyList<ProxyLoop> Workers => _workers;

    /// <summary>Connections carried now, or about to be.</summary>
    public int OpenConnections => _workers.Sum(worker => worker.Live.Count + worker.Exchanges.Count);

    /// <summary>Opens the listeners on every loop: those that the process before left in the store, and where it left none new ones.</summary>
    /// <exception cref="Linux.LinuxException">An address cannot be bound; the message names it.</exception>
    public async Task StartAsync(IListenerStore? store = null)
    {
        await ListenAsync("outbound", _shared.Options.OutboundListeners, _outbound, (worker, accepted) => worker.Outbound.HandleAsync(accepted), store);
        await ListenAsync("inbound", _shared.Options.InboundListeners, _inbound, (worker, accepted) => worker.Plaintext.HandleAsync(accepted), store);
        await ListenAsync("mesh", _shared.Options.MeshListeners, _mesh, HandOverMeshLink, store);
    }

    /// <summary>
    /// Puts a configuration in force, and cuts the connections that it does not allow any more. Mesh links whose endpoint or source is gone take no
    /// new streams, so that no connection meets the remains of an address that has changed hands.
    /// </summary>
    public void Apply(MeshSnapshot snapshot)
    {
        var sources = snapshot.Workloads.Select(workload => workload.Identity).ToHashSet();
        var applications = snapshot.Workloads.SelectMany(workload => workload.Ports).Select(port => port.Application).ToHashSet();
        _shared.Snapshot = snapshot;
        foreach (var worker in _workers)
        {
            worker.Loop.Post(
                _ =>
                {
                    worker.Apply(snapshot);
                    worker.Links.Retire(key => !sources.Contains(key.Source) || !snapshot.Dials(key.Destination, key.Address));
                    worker.Upstreams.Retire(key =>
                        (key.Source is { } source && !sources.Contains(source))
                        || !(key.Tunnelled is { } endpoint
                            ? ReferenceEquals(snapshot.FindEndpoint(endpoint.Address), endpoint)
                            : snapshot.Dials(null, key.Address) || applications.Contains(key.Address)));
                },
                null);
        }
    }

    /// <summary>
    /// Uses these certificates and bundles from the next handshake on, and owns them. Open connections go on, except those with peers that are no
    /// longer trusted; mesh links made with replaced certificates take no new streams.
    /// </summary>
    public void Apply(TlsIdentitySet identities)
    {
        ArgumentNullException.ThrowIfNull(identities);
        TlsIdentitySet? previous;
        lock (_identitiesLock)
        {
            previous = _identities;
            if (ReferenceEquals(previous, identities))
            {
                return;
            }

            _identities = identities;
            _shared.TlsServer.Identities = identities;
            _shared.TlsClient.Identities = identities;
        }

        var replaced = (previous?.Ids ?? []).Where(id => !previous!.HasSameCertificate(identities, id)).ToHashSet();
        var sameTrust = previous is not null && ReferenceEquals(previous.Bundles, identities.Bundles);
        foreach (var worker in _workers)
        {
            worker.Loop.Post(
                _ =>
                {
                    worker.Links.Retire(key => replaced.Contains(key.Source));
                    worker.Inbound.Retire(replaced.Contains);
                    if (!sameTrust)
                    {
                        worker.RecheckTrust(identities);
                    }
                },
                null);
        }

        // Handshakes that are just choosing from it take the new one; sessions that are open hold what they use.
        previous?.Dispose();
    }

    /// <summary>Takes nothing new, lets connections end for <paramref name="grace"/>, then cuts the rest.</summary>
    public async Task DrainAsync(TimeSpan grace, IProgress<int> connectionsLeft)
    {
        // What was accepted is carried: draining begins when nothing more can be.
        await OnEveryLoopAsync(worker => worker.CloseListenersAsync());
        _shared.IsDraining = true;
        await OnEveryLoopAsync(worker =>
        {
            worker.Inbound.Retire(_ => true);
            worker.Live.Drain();
            return ValueTask.CompletedTask;
        });

        var deadline = _shared.Time.GetTimestamp();
        while (OpenConnections > 0 && _shared.Time.GetElapsedTime(deadline) < grace)
        {
            connectionsLeft.Report(OpenConnections);
            await Task.Delay(DrainPoll, _shared.Time);
        }

        await OnEveryLoopAsync(worker =>
        {
            worker.Exchanges.CutAll(RefusalCode.Draining, "the daemon has shut down");
            worker.Live.CutAll(RefusalCode.Draining, "the daemon has shut down");
            worker.Upstreams.CloseAll("shutdown");
            worker.Links.CloseAll("shutdown");
            worker.Inbound.CloseAll("shutdown");
            return ValueTask.CompletedTask;
        });

        // Links close in order: until their peers have closed too, or for as long as one waits for that.
        deadline = _shared.Time.GetTimestamp();
        while (_workers.Any(worker => worker.Loop.Load > 0) && _shared.Time.GetElapsedTime(deadline) < _shared.Links.CloseTimeout * 2)
        {
            await Task.Delay(DrainPoll, _shared.Time);
        }

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
        new Explainer(_shared.Snapshot ?? throw new ExplainException("the daemon has no configuration yet"), HasCertificate).Explain(query);

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

    private bool HasCertificate(Spiffe.SpiffeId id)
    {
        lock (_identitiesLock)
        {
            return _identities?.Ids.Contains(id) ?? false;
        }
    }

    private async Task ListenAsync(
        string purpose, IReadOnlyList<IpEndpoint> addresses, List<IpEndpoint> bound, Func<ProxyLoop, AcceptedSocket, Task> handle, IListenerStore? store)
    {
        var options = new ListenerOptions();
        var logger = _shared.Loggers.CreateLogger<LoopListener>();
        foreach (var address in addresses)
        {
            var actual = address;
            var left = store?.Take(purpose, address) ?? [];

            // The process before may have had more loops: nothing that waits in a socket is forgotten.
            for (var i = 0; i < Math.Max(left.Count, _workers.Length); i++)
            {
                var worker = _workers[i % _workers.Length];
                var socket = i < left.Count ? left[i] : SocketDescriptor.None;
                actual = await worker.Loop.InvokeAsync(() =>
                {
                    var listener = socket.IsOpen
                        ? LoopListener.Adopt(worker.Loop, socket, logger)
                        : LoopListener.Bind(worker.Loop, actual, options, logger);
                    worker.Keep(listener);
                    if (!socket.IsOpen)
                    {
                        store?.Keep(purpose, listener.Socket);
                    }

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
