using Microsoft.AspNetCore.Connections;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Attestation;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Requests;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Relaying;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Connections;

/// <summary>
/// All that is known of one connection from accept to close. Whatever way it ends, carried, refused or cut, this one object writes its
/// metrics and its line of the access log. Lives on its loop.
/// </summary>
internal sealed class ProxiedConnection : RelayMeter
{
    private readonly ProxyLoop _worker;
    private readonly long _begun;
    private Relay? _relay;
    private IServerSession? _session;
    private Series? _series;
    private TimeSpan? _connectDuration;
    private CancellationTokenSource? _abandoned;
    private bool _ended;

    public ProxiedConnection(ProxyLoop worker, ConnectionDirection direction, IpEndpoint source)
    {
        _worker = worker;
        Direction = direction;
        Source = source;
        Id = worker.NextConnectionId();
        OpenedAt = worker.Shared.Time.GetUtcNow();
        _begun = worker.Shared.Time.GetTimestamp();
        worker.Live.AddLast(this);
    }

    public long Id { get; }

    public ConnectionDirection Direction { get; }

    public DateTimeOffset OpenedAt { get; }

    /// <summary>The client's own address: of its socket as the kernel knows it, or of what came over a mesh link as its daemon tells it.</summary>
    public IpEndpoint Source { get; set; }

    /// <summary>The far end of the mesh link that it came over; default when it came over none.</summary>
    public IpEndpoint Via { get; init; }

    /// <summary>Where the client meant to go.</summary>
    public IpEndpoint Destination { get; set; }

    /// <summary>The local process that connects; outbound only.</summary>
    public AttestedSource Attested { get; set; }

    /// <summary>The local workload that connects; outbound only.</summary>
    public LocalWorkload? SourceWorkload { get; set; }

    public SpiffeId? SourceIdentity { get; set; }

    public MeshServicePort? Service { get; set; }

    public Endpoint? Endpoint { get; set; }

    /// <summary>The local port that serves it: inbound, and outbound within the node.</summary>
    public InboundPort? Target { get; set; }

    /// <summary>What it was judged by, for judging it again when policy changes; only with <see cref="Target"/>.</summary>
    public ConnectionFacts Facts { get; set; }

    /// <summary>The TLS session that carries it, when one does.</summary>
    public TlsSession? Tls { get; set; }

    public int Tries { get; set; }

    /// <summary>The configuration that it was last judged by; null before.</summary>
    public MeshSnapshot? JudgedUnder { get; set; }

    /// <summary>Cancelled, on the loop, when it is not to be connected any more. Whoever connects for it gives up at once.</summary>
    public CancellationToken Abandoned => (_abandoned ??= new CancellationTokenSource()).Token;

    /// <summary>It was refused while its upstream was being connected.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Bytes are relayed, or were.</summary>
    public bool IsCarried => _relay is not null || IsServed;

    /// <summary>Its client speaks HTTP, and its requests are carried one by one.</summary>
    public bool IsServed => _session is not null;

    public RefusalCode Refusal { get; private set; }

    public string? Detail { get; private set; }

    public string? Policy { get; private set; }

    public LinkedListNode<ProxiedConnection>? LiveNode { get; set; }

    private string Reporter => Direction == ConnectionDirection.Outbound ? "source" : "destination";

    private string ServiceName => Service?.Service.FullName ?? Target?.Workload.FullName ?? ConnectionLabels.Unknown;

    private string Protocol => ProtocolName(Service?.Protocol ?? Target?.Protocol ?? AppProtocol.Tcp);

    private string Security => Tls is null ? "none" : "mutual_tls";

    /// <summary>Notes why it is refused; the first reason stands.</summary>
    public void Refuse(RefusalCode code, string detail)
    {
        if (Refusal == RefusalCode.None)
        {
            Refusal = code;
            Detail = detail;
        }
    }

    /// <summary>Another endpoint is tried: what was known of the one before does not hold for it.</summary>
    public void BeginAttempt(Endpoint endpoint)
    {
        Endpoint = endpoint;
        Target = null;
        Facts = default;
        Tls = null;
        Tries++;
    }

    /// <summary>Refuses it while its upstream is being connected.</summary>
    public void Abandon(RefusalCode code, string detail)
    {
        if (!IsAbandoned && !IsCarried && !_ended)
        {
            IsAbandoned = true;
            Refuse(code, detail);
            _abandoned?.Cancel();
        }
    }

    /// <summary>Judges it by the policies of <see cref="Target"/>; false when it is refused, with the reason noted.</summary>
    public bool Authorize(RefusalCode refusal = RefusalCode.DeniedByPolicy)
    {
        var decision = Target!.Workload.Authorizer.Authorize(Facts);
        Policy = decision.Policy is null ? null : $"{decision.Policy}[{decision.RuleIndex}]";
        if (refusal == RefusalCode.DeniedByPolicy || !decision.Allowed)
        {
            // A connection counts when it is judged first and when it is cut, not with every reload that leaves it alone.
            _worker.CountPolicy(decision);
        }

        if (decision.Allowed)
        {
            return true;
        }

        Refuse(refusal, decision.Describe(Target.Workload, SourceIdentity));
        return false;
    }

    /// <summary>Carries bytes until both sides have ended, and leaves both closed.</summary>
    public async ValueTask RelayAsync(ILoopDuplex client, ILoopDuplex upstream)
    {
        var metrics = _worker.Shared.Metrics;
        _relay = new Relay(_worker.Loop, client, upstream, _worker.Shared.Options.IdleTimeout, this);
        if (_worker.Shared.Snapshot is { } now && !ReferenceEquals(now, JudgedUnder))
        {
            // The configuration changed while the upstream was being connected, and with it perhaps the right to be.
            LiveConnections.Recheck(this, now);
            if (Refusal != RefusalCode.None)
            {
                return;
            }
        }

        // Nobody connects for it any more, and most of its life lies ahead.
        _abandoned?.Dispose();
        _abandoned = null;
        _connectDuration = _worker.Shared.Time.GetElapsedTime(_begun);
        _series = metrics.Connection(Labels());
        metrics.ConnectionsOpened.Increment(_worker.Shard, _series);
        metrics.ConnectDuration.Record(_worker.Shard, metrics.ServiceTimes.Resolve(Reporter, ServiceName), _connectDuration.Value);
        NoteEnd(await _relay.RunAsync());
    }

    /// <summary>Serves the requests of a client that speaks HTTP, until the connection and its requests have ended. They are logged, not the connection.</summary>
    public async ValueTask ServeAsync(IServerSession session)
    {
        var metrics = _worker.Shared.Metrics;
        _session = session;
        _series = metrics.Connection(Labels());
        metrics.ConnectionsOpened.Increment(_worker.Shard, _series);
        var serving = session.ServeAsync();
        if (_worker.Shared.IsDraining)
        {
            // It began while this connection's protocol was being found out.
            session.Drain();
        }

        await serving;
    }

    /// <summary>Ends it after the requests under way; what carries bytes goes on.</summary>
    public void Drain() => _session?.Drain();

    /// <summary>Cuts a connection that has lost its right, or is not connected yet and would not get it.</summary>
    public void Cut(RefusalCode code, string detail)
    {
        if (_session is not null)
        {
            Refuse(code, detail);
            _session.Abort();
        }
        else if (_relay is null)
        {
            Abandon(code, detail);
        }
        else
        {
            Refuse(code, detail);
            _relay.Abort(new ConnectionAbortedException(detail));
        }
    }

    /// <summary>Writes metrics and log of a connection that never was carried, or was.</summary>
    public void End()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _worker.Live.Remove(this);
        _abandoned?.Dispose();
        var shared = _worker.Shared;
        var duration = shared.Time.GetElapsedTime(_begun);
        if (_series is not null)
        {
            shared.Metrics.ConnectionsClosed.Increment(_worker.Shard, _series);
            shared.Metrics.ConnectionDuration.Record(_worker.Shard, shared.Metrics.ServiceTimes.Resolve(Reporter, ServiceName), duration);
        }

        if (Refusal != RefusalCode.None)
        {
            shared.Metrics.Refused(_worker.Shard, Reporter, Refusal, ServiceName);
        }

        // What an HTTP connection carried has its lines already.
        if ((_session is null || Refusal != RefusalCode.None) && shared.AccessLog.Rent(_worker.Shard) is { } entry)
        {
            Fill(entry, duration);
            shared.AccessLog.Write(entry);
        }
    }

    public override void OnForwarded(RelayDirection direction, int bytes)
    {
        var column = direction == RelayDirection.ToUpstream ? _worker.Shared.Metrics.ReceivedBytes : _worker.Shared.Metrics.SentBytes;
        column.Add(_worker.Shard, _series!, bytes);
    }

    public ConnectionInfo Describe() => new()
    {
        Id = Id,
        Loop = _worker.Loop.Index,
        Direction = Direction,
        OpenedAt = OpenedAt,
        Age = _worker.Shared.Time.GetElapsedTime(_begun),
        SourceAddress = Source,
        SourceWorkload = SourceWorkload?.FullName,
        SourcePrincipal = SourceIdentity?.ToString(),
        DestinationAddress = Destination,
        DestinationWorkload = DestinationWorkload,
        DestinationPrincipal = DestinationPrincipal,
        Endpoint = Endpoint?.Address,
        Service = Service?.Service.FullName,
        Protocol = Protocol,
        Security = Security,
        TlsVersion = Tls is null ? null : "TLSv1.3",
        Cipher = Tls?.Cipher,
        SentBytes = _relay?.BytesToClient ?? 0,
        ReceivedBytes = _relay?.BytesToUpstream ?? 0,
    };

    private string? DestinationWorkload => Target?.Workload.FullName
        ?? (Endpoint?.WorkloadName is null ? null : $"{Endpoint.WorkloadNamespace}/{Endpoint.WorkloadName}");

    private string? DestinationPrincipal => (Target?.Workload.Identity ?? Endpoint?.Identity)?.ToString();

    private static string ProtocolName(AppProtocol protocol) => protocol switch
    {
        AppProtocol.Http => "http",
        AppProtocol.Http2 => "http2",
        AppProtocol.Grpc => "grpc",
        AppProtocol.Tls => "tls",
        _ => "tcp",
    };

    private void NoteEnd(RelayEnd end)
    {
        switch (end)
        {
            case RelayEnd.UpstreamFailed:
                Refuse(RefusalCode.UpstreamClosed, _relay!.Failure?.Message ?? "the upstream is gone");
                break;
            case RelayEnd.ClientFailed:
                Refuse(RefusalCode.DownstreamClosed, _relay!.Failure?.Message ?? "the client is gone");
                break;
            case RelayEnd.IdleTimeout:
                Refuse(RefusalCode.Timeout, _relay!.Failure!.Message);
                break;
        }
    }

    private ConnectionLabels Labels() => new(
        Reporter,
        PeerOf(SourceWorkload?.Resource.Name, SourceWorkload?.Resource.Namespace ?? SourceIdentity?.Namespace, SourceIdentity?.ToString()),
        PeerOf(
            Target?.Workload.Resource.Name ?? Endpoint?.WorkloadName,
            Target?.Workload.Resource.Namespace ?? Endpoint?.WorkloadNamespace,
            DestinationPrincipal),
        ServiceName,
        Protocol,
        Security);

    private static PeerLabels PeerOf(string? workload, string? @namespace, string? principal) =>
        new(workload ?? ConnectionLabels.Unknown, @namespace ?? ConnectionLabels.Unknown, principal ?? ConnectionLabels.Unknown);

    /// <summary>Fills in who connected, and where to.</summary>
    public void FillClient(AccessLogEntry entry)
    {
        entry.ConnectionId = Id;
        entry.Source.Address = Source;
        entry.Source.Via = Via;
        entry.Source.Workload = SourceWorkload?.FullName;
        entry.Source.Principal = SourceIdentity?.ToString();
        entry.Destination.Address = Destination;
    }

    private void Fill(AccessLogEntry entry, TimeSpan duration)
    {
        entry.Time = OpenedAt;
        entry.Direction = Direction switch
        {
            ConnectionDirection.Outbound => AccessLogDirection.Outbound,
            ConnectionDirection.Mesh => AccessLogDirection.Inbound,
            _ => AccessLogDirection.InboundPlaintext,
        };
        FillClient(entry);
        entry.Destination.Workload = DestinationWorkload;
        entry.Destination.Principal = DestinationPrincipal;
        entry.Destination.Service = Service?.Service.FullName;
        entry.Destination.Endpoint = Endpoint?.Address ?? default;
        entry.Protocol = Protocol;
        entry.Refusal = Refusal;
        entry.Detail = Detail;
        entry.Policy = Policy;
        entry.BytesReceived = _relay?.BytesToUpstream ?? 0;
        entry.BytesSent = _relay?.BytesToClient ?? 0;
        entry.Duration = duration;
        entry.ConnectDuration = _connectDuration;
        entry.Tries = Tries;
        if (Tls is { } tls)
        {
            entry.Tls.Version = "TLSv1.3";
            entry.Tls.Cipher = tls.Cipher;
            entry.Tls.Resumed = tls.WasResumed;
        }
    }
}
