using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// Requests in a connection that has one target: a tunnel of another mesh, or plaintext from outside. What its client says of who called is not
/// believed.
/// </summary>
internal sealed class ConnectionScope(ProxyLoop worker, ProxiedConnection connection, HttpServerOptions options, bool isHttp2)
    : InboundScope(worker, options, connection.Facts.Source, isHttp2)
{
    public override SpiffeId? SourceIdentity => connection.SourceIdentity;

    public override AccessLogDirection Direction =>
        connection.Direction == ConnectionDirection.Mesh ? AccessLogDirection.Inbound : AccessLogDirection.InboundPlaintext;

    protected override TlsSession? Tls => connection.Tls;

    protected override void PrepareRequest(HttpExchange exchange)
    {
        var request = exchange.Request;
        HeaderSanitizer.RemoveReserved(request);
        RequestLine.EnsureAuthority(request, connection.Facts.Destination);
        RequestId.Ensure(request, keep: SourceIdentity is not null, Worker.Random);
        ForwardedFor.Append(request, Source);
        ForwardedProto.Set(request, "http"u8, keep: SourceIdentity is not null);
    }

    protected override InboundPort? FindTarget(HttpExchange exchange, MeshSnapshot snapshot)
    {
        // The connection is cut when its target changes hands; what is left is to judge by today's policies.
        var target = connection.Target!;
        if (FindAgain(target, snapshot) is { } now && now.Workload.Identity == target.Workload.Identity)
        {
            return now;
        }

        exchange.Refuse(RefusalCode.DestinationMismatch, $"the workload {target.Workload} no longer serves port {target.Port}");
        return null;
    }

    protected override InboundPort? FindAgain(InboundPort target, MeshSnapshot snapshot) =>
        connection.Direction == ConnectionDirection.Mesh
            ? snapshot.FindInbound(connection.Facts.Destination)
            : snapshot.FindInboundPlaintext(connection.Facts.Destination);

    protected override ConnectionFacts FactsOf(InboundPort target) => connection.Facts;

    protected override IpEndpoint RemoteOf(HttpExchange exchange) => Source;

    protected override bool SpeaksHttp2(HttpExchange exchange) => IsHttp2;
}
