using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Connections;
using NodeMesh.Proxy.Interception;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Requests;

/// <summary>Requests of a local process to a service: each goes to an endpoint of its own choice. One per captured connection.</summary>
/// <param name="dialled">What the client's socket is connected to, as the kernel knows it.</param>
internal sealed class OutboundScope(ProxyLoop worker, ProxiedConnection connection, IpEndpoint dialled, HttpServerOptions options, bool isHttp2)
    : RequestScope(worker, options, isHttp2)
{
    private MeshSnapshot? _snapshot;
    private MeshServicePort? _service;
    private ServiceLoad? _load;
    private LoopTimer? _watch;

    public override IpEndpoint Source => connection.Source;

    public override SpiffeId? SourceIdentity => connection.SourceIdentity;

    public override AccessLogDirection Direction => AccessLogDirection.Outbound;

    public override bool TryAdmit(HttpExchange exchange)
    {
        if (Worker.Shared.Snapshot is { } snapshot && !ReferenceEquals(snapshot, _snapshot))
        {
            _snapshot = snapshot;
            _service = snapshot.FindService(connection.Destination);
            _load = _service is null ? null : Worker.Shared.LoadOf(_service.Service);
        }

        exchange.JudgedUnder = _snapshot;
        exchange.Service = _service;
        if (OutboundPolicy.Refusal(_snapshot!, connection.Attested, _service, connection.Destination) is { } refusal)
        {
            exchange.Refuse(refusal.Code, refusal.Detail);
            return false;
        }

        if (_service is not { Endpoints.Length: > 0 } service)
        {
            exchange.Refuse(RefusalCode.NoHealthyEndpoint, $"{connection.Destination} has no endpoint any more");
            return false;
        }

        if (!_load!.TryAddRequest(service.Settings.MaxRequests))
        {
            Worker.Pools.Find(exchange).Overflow(Worker.Shard, "maxRequests");
            exchange.Refuse(RefusalCode.Overload, $"{service.Settings.MaxRequests} requests to {service} are under way (connectionPool.maxRequests)");
            return false;
        }

        exchange.Load = _load;
        if (TryChoose(exchange))
        {
            return true;
        }

        exchange.Refuse(RefusalCode.NoHealthyEndpoint, $"no endpoint of {service} takes requests");
        return false;
    }

    public override bool TryChooseAnother(HttpExchange exchange, bool sameAllowed)
    {
        var service = exchange.Service!;
        var last = exchange.LastEndpoint;
        if (exchange.Tried.Count < service.Endpoints.Length)
        {
            return TryChoose(exchange);
        }

        if (!sameAllowed || last is null)
        {
            return false;
        }

        last.State.Acquire();
        exchange.Choose(last);
        return true;
    }

    public override ValueTask<UpstreamLeg> OpenAsync(HttpExchange exchange)
    {
        var endpoint = exchange.Endpoint!;
        var way = OutboundPolicy.FindWay(exchange.JudgedUnder!, connection.Attested, connection.Source, endpoint);
        exchange.Target = way.Target;
        switch (way.Kind)
        {
            case OutboundWayKind.Refused:
                return new(UpstreamLeg.Failed(way.Refusal.Code, way.Refusal.Detail, way.MayTryAnother));
            case OutboundWayKind.Mesh:
                return Worker.Upstreams.OpenMeshAsync(exchange, SourceIdentity!, endpoint, UpstreamProtocol(exchange));
            case OutboundWayKind.Local:
                // Under the policy that would judge it at the far end.
                return Authorize(exchange, way.Target!, way.Facts, connection.Source)
                    ? Worker.Upstreams.OpenPlainAsync(exchange, new UpstreamKey(way.Address, SourceIdentity), way.Alternates, UpstreamProtocol(exchange))
                    : new(UpstreamLeg.Failed(exchange.Refusal, exchange.Detail!, mayTryAnother: false));
            default:
                return Worker.Upstreams.OpenPlainAsync(exchange, new UpstreamKey(way.Address, SourceIdentity), way.Alternates, UpstreamProtocol(exchange));
        }
    }

    public override void AddUpstreamHeaders(HttpExchange exchange)
    {
        if (exchange.Endpoint is { IsMesh: true } endpoint && exchange.IsOnMeshLink)
        {
            MeshRequestHeaders.Add(exchange.Request, endpoint, UpstreamProtocol(exchange));
        }
        else if (exchange.Target is { } target)
        {
            CallerHeaders.Set(exchange.Request, target.Workload, SourceText, default);
        }
    }

    public override LegFailure? FindRefusal(HttpExchange exchange, HeaderList headers) =>
        exchange.IsOnMeshLink
        && RefusedHeader.TryRead(headers, out var code)
        && code is RefusalCode.ConnectFailed or RefusalCode.Overload or RefusalCode.Draining or RefusalCode.DestinationMismatch or RefusalCode.NoConfiguration
            ? new LegFailure(code, $"the daemon of {exchange.Endpoint} refused it", Unprocessed: true)
            : null;

    public override void PrepareResponse(HttpExchange exchange, HeaderList headers)
    {
        // What another daemon says of a refusal is passed on; an application has no such thing to say.
        if (!exchange.IsOnMeshLink)
        {
            HeaderSanitizer.RemoveReserved(headers);
        }
        else if (RefusedHeader.TryRead(headers, out var code))
        {
            exchange.Refuse(code, $"the daemon of {exchange.Endpoint} refused it");
        }
    }

    public override void OnResponse(HttpExchange exchange, TimeSpan latency)
    {
        if (exchange.Endpoint is { } endpoint)
        {
            endpoint.State.Latency.Observe(latency, Worker.Shared.Time);
            Worker.Shared.Outliers.ConnectSucceeded(endpoint);
        }
    }

    public override ServiceSettings Settings(HttpExchange exchange) => exchange.Service?.Settings ?? ServiceSettings.Default;

    public override string? FindLoss(HttpExchange exchange, MeshSnapshot snapshot)
    {
        if (exchange.Target is not { } target)
        {
            return null;
        }

        var now = snapshot.FindInbound(exchange.LastEndpoint!.Address);
        if (now is null || now.Workload.Identity != target.Workload.Identity)
        {
            return $"the workload {target.Workload} no longer serves port {target.Port}";
        }

        var facts = new Authorization.ConnectionFacts(SourceIdentity, connection.Source, exchange.LastEndpoint.Address);
        return Authorize(exchange, now, facts, connection.Source) ? null : exchange.Detail;
    }

    public override void OnHalfClosed(HttpExchange exchange) => _watch = new ClientWatch(
        Worker,
        connection.Source,
        dialled,
        () => exchange.OnDownstreamFailed(new LegFailure(RefusalCode.DownstreamClosed, "the client closed before it was answered")));

    public override void OnEnd(HttpExchange exchange)
    {
        if (_watch is not null)
        {
            Worker.Loop.Disarm(_watch);
            _watch = null;
        }
    }

    public override RequestCounters Counters(HttpExchange exchange) => Worker.Counters.Find(new RequestKind(
        true, connection.SourceWorkload, SourceIdentity, exchange.Service, exchange.LastEndpoint, exchange.ProtocolName, exchange.LastEndpoint is { IsMesh: true } && SourceIdentity is not null));

    public override void Fill(HttpExchange? exchange, AccessLogEntry entry)
    {
        connection.FillClient(entry);
        if (exchange is not null)
        {
            entry.Destination.Service = exchange.Service?.Service.FullName;
            entry.Destination.Endpoint = exchange.LastEndpoint?.Address ?? default;
            entry.Destination.Workload = exchange.LastEndpoint?.WorkloadFullName;
            entry.Destination.Principal = exchange.LastEndpoint?.Identity?.ToString();
        }
    }

    protected override void PrepareRequest(HttpExchange exchange)
    {
        var request = exchange.Request;
        HeaderSanitizer.RemoveReserved(request);
        RequestLine.EnsureAuthority(request, connection.Destination);
        RequestId.Ensure(request, keep: true, Worker.Random);
        ForwardedFor.Append(request, connection.Source);
        ForwardedProto.Set(request, "http"u8, keep: true);
    }

    /// <summary>Whether the application is spoken to in HTTP/2: as its port says, else as the client speaks.</summary>
    private bool UpstreamProtocol(HttpExchange exchange) => exchange.Service!.Protocol switch
    {
        Resources.AppProtocol.Http2 or Resources.AppProtocol.Grpc => true,
        Resources.AppProtocol.Http => false,
        _ => IsHttp2,
    };

    private bool TryChoose(HttpExchange exchange)
    {
        var service = exchange.Service!;
        if (Worker.Shared.RequestPicker.Pick(service.Endpoints, exchange.Tried, Worker.Random) is not { } endpoint)
        {
            return false;
        }

        exchange.Choose(endpoint);
        return true;
    }
}
