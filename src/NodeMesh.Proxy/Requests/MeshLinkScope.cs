using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Requests;

/// <summary>Requests that another daemon sends over a mesh link, each for the workload and port that its fields name. One per link.</summary>
internal sealed class MeshLinkScope(ProxyLoop worker, MeshLink link, HttpServerOptions options)
    : InboundScope(worker, options, link.Connection.Peer, isHttp2: true)
{
    private static readonly ServiceSettings OfALink = ServiceSettings.Default with { StreamIdleTimeout = null };

    public override SpiffeId? SourceIdentity => link.Connection.Session.PeerId;

    /// <summary>The daemon that sends knows the service's timeouts and keeps them; here nothing ends but with its link.</summary>
    public override ServiceSettings Settings(HttpExchange exchange) => OfALink;

    public override AccessLogDirection Direction => AccessLogDirection.Inbound;

    protected override TlsSession? Tls => link.Connection.Session;

    public override bool TryDeclineTunnel(HeaderList headers)
    {
        DeclinedUpgrade.Wrap(headers);
        return true;
    }

    protected override void PrepareRequest(HttpExchange exchange)
    {
        // Read, and taken from what the application sees.
        exchange.Mesh = MeshRequestHeaders.Take(exchange.Request, Worker.Shared.Snapshot);
        RequestId.Ensure(exchange.Request, keep: true, Worker.Random);
    }

    protected override InboundPort? FindTarget(HttpExchange exchange, MeshSnapshot snapshot)
    {
        var session = link.Connection.Session;
        var address = exchange.Mesh.Address;
        if (address == default)
        {
            exchange.Refuse(RefusalCode.DestinationMismatch, "the request names no workload and port of this node");
            return null;
        }

        if (link.HasExpired)
        {
            exchange.Refuse(RefusalCode.TlsUntrusted, $"the peer's certificate expired at {session.PeerNotAfter:u}, and the link was made with it");
            return null;
        }

        if (snapshot.FindInbound(address) is not { } target)
        {
            exchange.Refuse(RefusalCode.DestinationMismatch, $"no workload of this node serves {address}");
            return null;
        }

        if (session.LocalId != target.Workload.Identity)
        {
            exchange.Refuse(RefusalCode.DestinationMismatch, $"the link was made with {session.LocalId}, but {address} is {target.Workload.Identity}");
            return null;
        }

        if (exchange.Mesh.NamesAnother)
        {
            exchange.Refuse(RefusalCode.DestinationMismatch, $"the peer means another workload, but {address} is {target.Workload}");
            return null;
        }

        return target;
    }

    protected override InboundPort? FindAgain(InboundPort target, MeshSnapshot snapshot) => snapshot.FindInbound(target.Endpoint.Address);

    protected override ConnectionFacts FactsOf(InboundPort target) =>
        new(SourceIdentity, Source, target.Endpoint.Address, link.Connection.Session.ServerName);

    protected override IpEndpoint RemoteOf(HttpExchange exchange) => ForwardedFor.TryReadLast(exchange.Request, out var client) ? client : Source;

    protected override bool SpeaksHttp2(HttpExchange exchange) => exchange.Mesh.IsHttp2;
}
