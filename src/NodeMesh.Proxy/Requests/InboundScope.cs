using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// Requests to workloads of this node, from one peer: over a mesh link each names its target, in a tunnel or a plain connection all have the
/// connection's.
/// </summary>
internal abstract class InboundScope(ProxyLoop worker, HttpServerOptions options, IpEndpoint peer, bool isHttp2) : RequestScope(worker, options, isHttp2)
{
    public override IpEndpoint Source => peer;

    /// <summary>The session that carries it; null for plaintext.</summary>
    protected abstract TlsSession? Tls { get; }

    public override bool TryAdmit(HttpExchange exchange)
    {
        if (Worker.Shared.Snapshot is not { } snapshot)
        {
            exchange.Refuse(RefusalCode.NoConfiguration, "the daemon has no configuration yet");
            return false;
        }

        exchange.JudgedUnder = snapshot;
        if (FindTarget(exchange, snapshot) is not { } target)
        {
            return false;
        }

        exchange.Target = target;
        return Authorize(exchange, target, FactsOf(target), RemoteOf(exchange));
    }

    public override bool TryChooseAnother(HttpExchange exchange, bool sameAllowed) =>
        sameAllowed && exchange.Tries < LoadBalancing.TriedEndpoints.Capacity;

    public override ValueTask<UpstreamLeg> OpenAsync(HttpExchange exchange)
    {
        var target = exchange.Target!;
        return Worker.Upstreams.OpenPlainAsync(exchange, new UpstreamKey(target.Application, null), [], target.Protocol switch
        {
            Resources.AppProtocol.Http2 or Resources.AppProtocol.Grpc => true,
            Resources.AppProtocol.Http => false,
            _ => SpeaksHttp2(exchange),
        });
    }

    public override void AddUpstreamHeaders(HttpExchange exchange) =>
        CallerHeaders.Set(exchange.Request, exchange.Target!.Workload, SourceText, Tls is { } tls ? tls.PeerHash : default);

    public override void PrepareResponse(HttpExchange exchange, HeaderList headers) => HeaderSanitizer.RemoveReserved(headers);

    public override void OnResponse(HttpExchange exchange, TimeSpan latency)
    {
    }

    public override ServiceSettings Settings(HttpExchange exchange) => ServiceSettings.Default;

    public override string? FindLoss(HttpExchange exchange, MeshSnapshot snapshot)
    {
        if (exchange.Target is not { } target)
        {
            return null;
        }

        if (FindAgain(target, snapshot) is not { } now || now.Workload.Identity != target.Workload.Identity)
        {
            return $"the workload {target.Workload} no longer serves port {target.Port}";
        }

        return Authorize(exchange, now, FactsOf(now), RemoteOf(exchange)) ? null : exchange.Detail;
    }

    public override RequestCounters Counters(HttpExchange exchange) => Worker.Counters.Find(
        new RequestKind(false, null, SourceIdentity, null, exchange.Target?.Endpoint, exchange.ProtocolName, Tls is not null));

    public override void Fill(HttpExchange? exchange, AccessLogEntry entry)
    {
        entry.Source.Address = exchange?.Client ?? peer;
        entry.Source.Via = Tls is null ? default : peer;
        entry.Source.Principal = SourceIdentity?.ToString();
        if (exchange?.Target is { } target)
        {
            entry.Destination.Address = target.Endpoint.Address;
            entry.Destination.Endpoint = target.Application;
            entry.Destination.Workload = target.Workload.FullName;
            entry.Destination.Principal = target.Workload.Identity.ToString();
        }

        if (Tls is { } tls)
        {
            entry.Tls.Version = "TLSv1.3";
            entry.Tls.Cipher = tls.Cipher;
            entry.Tls.Resumed = tls.WasResumed;
        }
    }

    /// <summary>The port that the request is for; null when it is refused, with the reason noted.</summary>
    protected abstract InboundPort? FindTarget(HttpExchange exchange, MeshSnapshot snapshot);

    /// <summary>The same port under another configuration.</summary>
    protected abstract InboundPort? FindAgain(InboundPort target, MeshSnapshot snapshot);

    protected abstract ConnectionFacts FactsOf(InboundPort target);

    /// <summary>The client as policies' remote.ip know it.</summary>
    protected abstract IpEndpoint RemoteOf(HttpExchange exchange);

    /// <summary>What the client speaks, where the port does not say what the application does.</summary>
    protected abstract bool SpeaksHttp2(HttpExchange exchange);
}
