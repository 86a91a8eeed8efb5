using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// The connections of one loop that carry requests to upstreams: to applications and outside endpoints in HTTP/1.1 or HTTP/2, to other nodes over
/// mesh links. A connection at hand is used at once; else one is made. Loop thread only.
/// </summary>
internal sealed class UpstreamConnections(ProxyLoop worker)
{
    private readonly UpstreamDialer _dialer = new(worker.Loop, worker.Shared.Connect);

    public Http1Pool Http1 { get; } = new(worker.Pools, worker.Shard, worker.Shared.Loggers.CreateLogger<Http1Pool>());

    public PlainHttp2Pool Http2 { get; } = new(
        worker.Loop,
        new UpstreamDialer(worker.Loop, worker.Shared.Connect),
        new Http2PoolOptions { Time = worker.Shared.Time },
        worker.Memory,
        worker.Http2Counters,
        worker.Shard,
        worker.Shared.Loggers.CreateLogger<PlainHttp2Pool>());

    /// <summary>To an address that speaks plain HTTP.</summary>
    /// <param name="isHttp2">HTTP/2 with prior knowledge, else HTTP/1.1.</param>
    public ValueTask<UpstreamLeg> OpenPlainAsync(HttpExchange exchange, UpstreamKey key, IReadOnlyList<IpEndpoint> alternates, bool isHttp2)
    {
        exchange.IsOnMeshLink = false;
        exchange.Tls = null;
        if (isHttp2)
        {
            return Http2.Find(key) is { } session && MayBegin(session, exchange) ? new(Begin(session, exchange)) : OpenHttp2Async(exchange, key, alternates);
        }

        return Http1.TryTake(key, exchange) is { } connection ? new(new UpstreamLeg(connection)) : ConnectHttp1Async(exchange, key, alternates);
    }

    /// <summary>To a workload of another node, through its daemon.</summary>
    public ValueTask<UpstreamLeg> OpenMeshAsync(HttpExchange exchange, SpiffeId source, Endpoint endpoint)
    {
        exchange.IsOnMeshLink = true;
        var key = new MeshLinkKey(source, endpoint.Identity!, endpoint.DialAddress);
        return worker.Links.Find(key) is { } link && MayBegin(link, exchange) ? new(Begin(link, exchange)) : OpenLinkAsync(exchange, key, endpoint);
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

    private UpstreamLeg Begin(Http2Session session, HttpExchange exchange)
    {
        var leg = worker.Exchanges.RentLeg();
        leg.BeginUpstream(session, exchange);
        exchange.Tls = (session as MeshLink)?.Connection.Session;
        return new UpstreamLeg(leg);
    }

    private async ValueTask<UpstreamLeg> OpenLinkAsync(HttpExchange exchange, MeshLinkKey key, Endpoint endpoint)
    {
        Http2Session? link;
        while ((link = worker.Links.Find(key)) is null || !MayBegin(link, exchange))
        {
            if (link is not null)
            {
                await link.Settled;
            }
            else if (await worker.Links.WaitAsync(key, endpoint.Alternates, exchange.Abandoned) is { } failure)
            {
                return Failed(failure);
            }
        }

        return Begin(link, exchange);
    }

    private async ValueTask<UpstreamLeg> OpenHttp2Async(HttpExchange exchange, UpstreamKey key, IReadOnlyList<IpEndpoint> alternates)
    {
        Http2Session? session;
        while ((session = Http2.Find(key)) is null || !MayBegin(session, exchange))
        {
            if (session is not null)
            {
                await session.Settled;
            }
            else if (await Http2.WaitAsync(key, alternates, worker.Pools.Find(exchange), exchange.Abandoned) is { } failure)
            {
                return Failed(failure);
            }
        }

        return Begin(session, exchange);
    }

    private async ValueTask<UpstreamLeg> ConnectHttp1Async(HttpExchange exchange, UpstreamKey key, IReadOnlyList<IpEndpoint> alternates)
    {
        var settings = exchange.Scope.Settings(exchange);
        var load = exchange.Load;
        var deadline = worker.Loop.NowMilliseconds + (long)settings.ConnectTimeout.TotalMilliseconds;
        while (load is not null && !load.TryAddConnection(settings.MaxConnections))
        {
            if (await Http1.WaitAsync(key, load, settings, worker.Loop, deadline, exchange) is { } limit)
            {
                return UpstreamLeg.Failed(RefusalCode.Overload, limit, mayTryAnother: false);
            }

            if (Http1.TryTake(key, exchange) is { } freed)
            {
                return new UpstreamLeg(freed);
            }
        }

        var (carrier, failure) = await _dialer.DialAsync(key, alternates, exchange.Abandoned);
        if (carrier is null)
        {
            load?.RemoveConnection();
            return Failed(failure!);
        }

        return new UpstreamLeg(Http1.Add(key, carrier, worker.HttpOptions.Http1, settings, load, exchange));
    }

    private static UpstreamLeg Failed(DialFailure failure) => UpstreamLeg.Failed(
        failure.Refusal,
        failure.Detail,
        mayTryAnother: failure.Refusal is not (RefusalCode.DownstreamClosed or RefusalCode.Draining or RefusalCode.NoCertificate));
}
