using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// The connections of one loop that carry requests to upstreams: to applications and outside endpoints in HTTP/1.1 or HTTP/2, to other nodes over
/// mesh links. A connection at hand is used at once; else one is made. Loop thread only.
/// </summary>
internal sealed class UpstreamConnections
{
    private readonly ProxyLoop _worker;
    private readonly UpstreamDialer _dialer;

    public UpstreamConnections(ProxyLoop worker)
    {
        _worker = worker;
        _dialer = new UpstreamDialer(worker.Loop, worker.Shared.Connect, worker.Links);
        Http1 = new Http1Pool(worker.Pools, worker.Shard, worker.Shared.Loggers.CreateLogger<Http1Pool>());
        Http2 = new PlainHttp2Pool(
            worker.Loop,
            _dialer,
            new Http2PoolOptions { Time = worker.Shared.Time },
            worker.Memory,
            worker.Http2Counters,
            worker.Shard,
            worker.Shared.Loggers.CreateLogger<PlainHttp2Pool>());

        // What runs inside a link that takes nothing new is to take nothing new either: its peer's identity was proved for what began before.
        worker.Links.Drained = link => Retire(key => key.Tunnelled is { } endpoint && MeshLinkKey.For(key.Source!, endpoint) == link);
    }

    public Http1Pool Http1 { get; }

    public PlainHttp2Pool Http2 { get; }

    /// <summary>To an address that speaks plain HTTP.</summary>
    /// <param name="isHttp2">HTTP/2 with prior knowledge, else HTTP/1.1.</param>
    public ValueTask<UpstreamLeg> OpenPlainAsync(HttpExchange exchange, UpstreamKey key, IReadOnlyList<IpEndpoint> alternates, bool isHttp2)
    {
        return TryTake(exchange, key, isHttp2) is { } leg
            ? new(new UpstreamLeg(leg))
            : PendAsync(exchange, key, alternates, isHttp2, isLink: false);
    }

    /// <summary>
    /// To a workload of another node, through its daemon: as a stream of the mesh link, or on a connection inside a tunnel of it where that daemon
    /// knows nothing but tunnels.
    /// </summary>
    /// <param name="isHttp2">What the application is spoken to in where it is us who do.</param>
    public ValueTask<UpstreamLeg> OpenMeshAsync(HttpExchange exchange, SpiffeId source, Endpoint endpoint, bool isHttp2)
    {
        var tunnel = UpstreamKey.ForTunnel(source, endpoint);
        if (_worker.Links.Find(MeshLinkKey.For(source, endpoint)) is MeshLink { TakesRequests: true } link)
        {
            if (MayBegin(link, exchange))
            {
                return new(new UpstreamLeg(Begin(link, exchange)));
            }
        }
        else if (TryTake(exchange, tunnel, isHttp2) is { } leg)
        {
            // Perhaps the streams of its links are all in use, and an idle one among them was ours.
            return new(new UpstreamLeg(leg));
        }

        return PendAsync(exchange, tunnel, [], isHttp2, isLink: true);
    }

    /// <summary>Connections on behalf of these end after what they carry: the upstream or the source left the configuration.</summary>
    public void Retire(Func<UpstreamKey, bool> which)
    {
        Http1.Retire(which);
        Http2.Retire(which);
    }

    public void CloseAll(string reason)
    {
        Http1.Close();
        Http2.CloseAll(reason);
    }

    /// <summary>Whether it is known of the connection if it takes the request: an upgrade only when the peer has said so (RFC 8441, section 3).</summary>
    private static bool MayBegin(Http2Session session, HttpExchange exchange) => !exchange.AsksTunnel || session.Engine.IsEstablished;

    /// <summary>A connection at hand that speaks HTTP to an application; null when one has to be made.</summary>
    private IUpstreamLeg? TryTake(HttpExchange exchange, in UpstreamKey key, bool isHttp2)
    {
        if (isHttp2)
        {
            return Http2.Find(key) is { } session && MayBegin(session, exchange) ? Begin(session, exchange) : null;
        }

        return Http1.TryTake(key, exchange) is { } connection ? Begin(connection, exchange) : null;
    }

    private Http2Leg Begin(Http2Session session, HttpExchange exchange)
    {
        var leg = _worker.Exchanges.RentLeg();
        leg.BeginUpstream(session, exchange);
        exchange.IsOnMeshLink = session is MeshLink;
        exchange.Tls = TlsOf(session.Carrier);
        return leg;
    }

    private static Http1ClientSession Begin(Http1ClientSession connection, HttpExchange exchange)
    {
        exchange.IsOnMeshLink = false;
        exchange.Tls = TlsOf(connection.Carrier);
        return connection;
    }

    /// <summary>What keeps it secret on its way; null when nothing does.</summary>
    private static TlsSession? TlsOf(ILoopDuplex carrier) => carrier switch
    {
        TlsConnection connection => connection.Session,
        MeshStream tunnel => tunnel.Link.Connection.Session,
        _ => null,
    };

    /// <summary>Waits for a way that is not at hand, if its service lets another request wait.</summary>
    /// <param name="isLink">The way is a mesh link, or a tunnel of it.</param>
    private async ValueTask<UpstreamLeg> PendAsync(
        HttpExchange exchange, UpstreamKey key, IReadOnlyList<IpEndpoint> alternates, bool isHttp2, bool isLink)
    {
        // Known now: when the exchange ends meanwhile, it forgets whose it was.
        var (load, counters) = (exchange.Load, _worker.Pools.Find(exchange));
        var limit = exchange.Scope.Settings(exchange).MaxPendingRequests;
        if (load is not null && !load.TryAddPending(limit))
        {
            counters.Overflow(_worker.Shard, "maxPendingRequests");
            return UpstreamLeg.Failed(
                RefusalCode.Overload, $"{limit} requests wait for a connection (connectionPool.maxPendingRequests)", mayTryAnother: false);
        }

        counters.Pending(_worker.Shard, 1);
        try
        {
            return isLink
                ? await OpenLinkAsync(exchange, key, isHttp2)
                : await ConnectAsync(exchange, key, alternates, isHttp2);
        }
        finally
        {
            counters.Pending(_worker.Shard, -1);
            load?.RemovePending();
        }
    }

    private ValueTask<UpstreamLeg> ConnectAsync(HttpExchange exchange, UpstreamKey key, IReadOnlyList<IpEndpoint> alternates, bool isHttp2) =>
        isHttp2 ? ConnectHttp2Async(exchange, key, alternates) : ConnectHttp1Async(exchange, key, alternates);

    private async ValueTask<UpstreamLeg> OpenLinkAsync(HttpExchange exchange, UpstreamKey tunnel, bool isHttp2)
    {
        var endpoint = tunnel.Tunnelled!;
        var key = MeshLinkKey.For(tunnel.Source!, endpoint);
        while (true)
        {
            if (_worker.Links.Find(key) is not MeshLink link)
            {
                if (await _worker.Links.WaitAsync(key, endpoint.Alternates, null, exchange.Abandoned) is { } failure)
                {
                    return Failed(failure);
                }
            }
            else if (!link.TakesRequests)
            {
                return TryTake(exchange, tunnel, isHttp2) is { } leg ? new UpstreamLeg(leg) : await ConnectAsync(exchange, tunnel, [], isHttp2);
            }
            else if (MayBegin(link, exchange))
            {
                return new UpstreamLeg(Begin(link, exchange));
            }
            else
            {
                await link.Settled;
            }
        }
    }

    private async ValueTask<UpstreamLeg> ConnectHttp2Async(HttpExchange exchange, UpstreamKey key, IReadOnlyList<IpEndpoint> alternates)
    {
        Http2Session? session;
        while ((session = Http2.Find(key)) is null || !MayBegin(session, exchange))
        {
            if (session is not null)
            {
                await session.Settled;
            }
            else if (await Http2.WaitAsync(key, alternates, _worker.Pools.Find(exchange), exchange.Abandoned) is { } failure)
            {
                return Failed(failure);
            }
        }

        return new UpstreamLeg(Begin(session, exchange));
    }

    private async ValueTask<UpstreamLeg> ConnectHttp1Async(HttpExchange exchange, UpstreamKey key, IReadOnlyList<IpEndpoint> alternates)
    {
        var settings = exchange.Scope.Settings(exchange);
        var load = exchange.Load;
        if (load is not null && !load.TryAddConnection(settings.MaxConnections))
        {
            // Its counters known now: when the exchange ends meanwhile, it forgets whose it was.
            var counters = _worker.Pools.Find(exchange);
            var cancellation = exchange.Abandoned;
            var waiting = Http1.WaitAsync(key, load, settings.MaxConnections, _worker.Loop, cancellation);

            // Connections to other endpoints may be idle, and on other loops.
            _worker.Shared.MakePlace(load);
            switch (await waiting)
            {
                case Http1WaitResult.Abandoned when exchange.IsOver:
                    return Failed(DialFailure.Abandoned);
                case Http1WaitResult.Abandoned:
                    counters.Overflow(_worker.Shard, "maxConnections");
                    return UpstreamLeg.Failed(
                        RefusalCode.Overload,
                        $"no connection became free in time ({settings.MaxConnections} are busy, connectionPool.maxConnections)",
                        mayTryAnother: false);
                case Http1WaitResult.Idle when Http1.TryTake(key, exchange) is { } freed:
                    return new UpstreamLeg(Begin(freed, exchange));
            }
        }

        var (carrier, failure) = await _dialer.DialAsync(key, alternates, settings.ConnectTimeout, exchange.Abandoned);
        if (carrier is null)
        {
            load?.RemoveConnection();
            return Failed(failure!);
        }

        return new UpstreamLeg(Begin(Http1.Add(key, carrier, _worker.HttpOptions.Http1, settings, load, exchange), exchange));
    }

    private static UpstreamLeg Failed(DialFailure failure) => UpstreamLeg.Failed(
        failure.Refusal,
        failure.Detail,
        mayTryAnother: failure.Refusal is not (RefusalCode.DownstreamClosed or RefusalCode.Draining or RefusalCode.NoCertificate or RefusalCode.DeniedByPolicy));
}
