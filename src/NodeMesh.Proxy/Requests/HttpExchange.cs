using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.LoadBalancing;
using NodeMesh.Proxy.Requests.Headers;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Timers;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// One HTTP request on its way through the daemon, and its response on the way back: judged, given to an endpoint (to another when that is safe),
/// carried piece by piece as fast as the slower side takes it, counted and logged. Lives on one loop, from the request's headers to the end
/// of both messages; pooled by the loop's <see cref="ExchangePool"/>.
/// <para>Parts: this one begins and ends it; Upstream tries endpoints; Bodies carries; Replies answers in an upstream's stead.</para>
/// </summary>
internal sealed partial class HttpExchange : LoopTimer
{
    private readonly ProxyLoop _worker;
    private IDownstreamLeg? _downstream;
    private IUpstreamLeg? _upstream;
    private long _begun;
    private long _lastActivity;
    private long _deadline;
    private bool _requestEnded;
    private bool _responseEnded;
    private bool _isTunnel;
    private bool _isOpening;
    private bool _isOver = true;
    private bool _isCounted;
    private bool _isRetry;
    private long _tryDeadline;
    private long _idle;
    private TriedEndpoints _tried;
    private TimeSpan? _upstreamDuration;
    private TraceContext? _trace;

    public HttpExchange(ProxyLoop worker)
    {
        _worker = worker;
        Node = new LinkedListNode<HttpExchange>(this);
    }

    /// <summary>Its place among the exchanges of its loop.</summary>
    public LinkedListNode<HttpExchange> Node { get; }

    /// <summary>The request as it is forwarded, kept for as long as the exchange lasts: for repeating it, judging it again, and the log.</summary>
    public HeaderList Request { get; } = new();

    /// <summary>It asks for a tunnel: an upgrade.</summary>
    public bool AsksTunnel { get; private set; }

    /// <summary>Whose request it is and where it may go.</summary>
    public RequestScope Scope { get; private set; } = null!;

    /// <summary>The service it was made to; outbound only.</summary>
    public MeshServicePort? Service { get; set; }

    /// <summary>The endpoint of the try under way, counted as active there.</summary>
    public Endpoint? Endpoint { get; set; }

    /// <summary>The local port that serves it: inbound, and outbound within the node.</summary>
    public InboundPort? Target { get; set; }

    /// <summary>The endpoint of the last try, also when that is over.</summary>
    public Endpoint? LastEndpoint { get; private set; }

    /// <summary>The endpoints tried so far.</summary>
    public TriedEndpoints Tried => _tried;

    /// <summary>Where the request counts against its service's limits; null where there are none.</summary>
    public ServiceLoad? Load { get; set; }

    /// <summary>It goes to another node as a stream of a mesh link.</summary>
    public bool IsOnMeshLink { get; set; }

    /// <summary>The session of the mesh link that it goes over; null where it goes over none.</summary>
    public TlsSession? Tls { get; set; }

    /// <summary>What came with it over a mesh link.</summary>
    public MeshTarget Mesh { get; set; }

    /// <summary>The client, where a daemon tells who it is; null to take the scope's.</summary>
    public IpEndpoint? Client { get; set; }

    /// <summary>The configuration that it was judged by.</summary>
    public MeshSnapshot? JudgedUnder { get; set; }

    public RefusalCode Refusal { get; private set; }

    public string? Detail { get; private set; }

    /// <summary>The policy that decided, and which of its rules.</summary>
    public string? Policy { get; set; }

    public int PolicyRule { get; set; }

    /// <summary>Its protocol as metrics call it.</summary>
    public string ProtocolName => IsGrpc ? "grpc" : Scope.Protocol;

    public int Status { get; private set; }

    public int GrpcStatus { get; private set; } = RequestOutcome.NoGrpcStatus;

    public bool IsGrpc { get; private set; }

    public int Tries { get; set; }

    public long RequestBytes { get; private set; }

    public long ResponseBytes { get; private set; }

    /// <summary>Whether its client waits for nothing any more; so of one in the pool.</summary>
    public bool IsOver => _isOver;

    /// <summary>Takes over the headers and begins. The caller offers what follows of the request, and stops when the exchange releases the leg.</summary>
    public void Begin(RequestScope scope, IDownstreamLeg downstream, HeaderList headers, bool endStream)
    {
        Request.Swap(headers);
        Scope = scope;
        _downstream = downstream;
        _requestEnded = endStream;
        _isOver = false;
        AsksTunnel = RequestLine.IsTunnel(Request);
        _begun = _worker.Shared.Time.GetTimestamp();
        _lastActivity = _worker.Loop.NowMilliseconds;
        // A call's refusal is a success in HTTP, which would open the tunnel.
        IsGrpc = !AsksTunnel && GrpcCall.Is(Request);

        // 1. What is asked for, in the one form that is judged and forwarded.
        if (scope.Normalize(this) is { } problem)
        {
            Reply(problem.Code, problem.Detail);
            return;
        }

        // 2. Where it goes, and whether it may.
        if (!scope.TryAdmit(this))
        {
            Reply(Refusal, Detail!);
            return;
        }

        _isCounted = true;
        scope.Counters(this).Begin(_worker.Shard);

        // 3. To an endpoint.
        ArmDeadlines();
        BeginTry();
    }

    /// <summary>Notes why it is refused or failed; the first reason stands.</summary>
    public void Refuse(RefusalCode code, string detail)
    {
        if (Refusal == RefusalCode.None)
        {
            Refusal = code;
            Detail = detail;
        }
    }

    /// <summary>Takes an endpoint, already counted as active, for the next try.</summary>
    public void Choose(Endpoint endpoint)
    {
        Endpoint = LastEndpoint = endpoint;
        _tried.Add(endpoint);
    }

    /// <summary>Counts another try against the budget of its service; false when that is used up.</summary>
    public bool TryCountRetry()
    {
        if (_isRetry || Load is not { } load)
        {
            return true;
        }

        if (!load.TryAddRetry(RetryBudget.Floor + (load.Requests / RetryBudget.Share)))
        {
            Scope.Counters(this).RetryOverBudget(_worker.Shard);
            return false;
        }

        _isRetry = true;
        return true;
    }

    /// <summary>Judges it again under another configuration, and ends it when it would not be allowed any more.</summary>
    public void Recheck(MeshSnapshot snapshot)
    {
        if (_isOver || ReferenceEquals(snapshot, JudgedUnder))
        {
            return;
        }

        JudgedUnder = snapshot;
        if (Scope.FindLoss(this, snapshot) is { } loss)
        {
            Cut(RefusalCode.RevokedByPolicy, loss);
        }
    }

    /// <summary>Fills in what it came to.</summary>
    public void Fill(AccessLogEntry entry, TimeSpan duration)
    {
        entry.Time = _worker.Shared.Time.GetUtcNow() - duration;
        entry.Protocol = ProtocolName;
        entry.Refusal = Refusal;
        entry.Detail = Detail;
        entry.Policy = Policy is null ? null : _worker.PolicyName(Policy, PolicyRule);
        entry.BytesReceived = RequestBytes;
        entry.BytesSent = ResponseBytes;
        entry.Duration = duration;
        entry.Tries = Tries;
        entry.Request.Begin(Request);
        entry.Request.Status = Status;
        entry.Request.GrpcStatus = GrpcStatus;
        entry.Request.UpstreamDuration = _upstreamDuration;
        if (_trace is { } trace)
        {
            Span<byte> id = stackalloc byte[TraceContext.TraceIdLength];
            trace.WriteTraceId(id);
            entry.Request.Set(AccessLogText.TraceId, id);
        }
    }

    /// <summary>Ends it where it stands: it has lost its right, or the daemon goes.</summary>
    public void Cut(RefusalCode code, string detail)
    {
        if (_isOver)
        {
            return;
        }

        if (Status == 0)
        {
            Reply(code, detail);
        }
        else
        {
            Refuse(code, detail);
            End(LegEnd.Failed, LegEnd.Cancelled);
        }
    }

    /// <summary>The client is gone, or broke the rules of its protocol.</summary>
    public void OnDownstreamFailed(in LegFailure failure)
    {
        Refuse(failure.Code, failure.Detail);
        End(LegEnd.Cancelled, LegEnd.Cancelled);
    }

    protected override void OnExpired()
    {
        var now = _worker.Loop.NowMilliseconds;
        if (now >= _deadline)
        {
            OnTimeout(RefusalCode.Timeout, "the request took longer than its timeout");
        }
        else if (now >= _openDeadline)
        {
            AbandonOpening();
            if (_isOpening)
            {
                // What it waits for takes no cancellation.
                Arm(now);
            }
        }
        else if (now >= _tryDeadline && Status == 0)
        {
            OnTryFailed(new LegFailure(RefusalCode.Timeout, "the try took longer than its timeout"), connected: true);
        }
        else if (now - _lastActivity >= _idle)
        {
            OnTimeout(RefusalCode.StreamIdle, "nothing was sent either way for the stream idle timeout");
        }
        else
        {
            Arm(now);
        }
    }

    private void OnTimeout(RefusalCode code, string detail) => Cut(code, detail);

    /// <summary>The deadlines: of the service, of the gRPC call if that is sooner, of the try, and for silence.</summary>
    private void ArmDeadlines()
    {
        var settings = Scope.Settings(this);
        var now = _worker.Loop.NowMilliseconds;
        _deadline = After(now, settings.RequestTimeout);
        if (IsGrpc && GrpcTimeout.TryRead(Request, out var timeout))
        {
            _deadline = Math.Min(_deadline, After(now, timeout));
        }

        _idle = (long)(settings.StreamIdleTimeout ?? Timeout.InfiniteTimeSpan).TotalMilliseconds;
        _idle = _idle < 0 ? long.MaxValue : _idle;
    }

    private static long After(long now, TimeSpan? timeout) => timeout is { } given ? now + (long)Math.Ceiling(given.TotalMilliseconds) : long.MaxValue;

    private void Arm(long now)
    {
        var due = Math.Min(_deadline, Status == 0 ? _tryDeadline : long.MaxValue);
        due = Math.Min(due, _openDeadline);
        due = Math.Min(due, _idle == long.MaxValue ? long.MaxValue : _lastActivity + _idle);
        if (due != long.MaxValue)
        {
            _worker.Loop.Arm(this, TimeSpan.FromMilliseconds(Math.Max(1, due - now)));
        }
    }

    /// <summary>Both messages are whole, as far as this exchange carries them.</summary>
    private void Complete() => End(LegEnd.Complete, LegEnd.Complete);

    private void End(LegEnd downstream, LegEnd upstream)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        _worker.Loop.Disarm(this);
        ReleaseUpstream(upstream);
        var leg = _downstream;
        _downstream = null;
        var duration = _worker.Shared.Time.GetElapsedTime(_begun);
        Scope.OnEnd(this);
        var counters = Scope.Counters(this);
        if (!_isCounted)
        {
            counters.Begin(_worker.Shard);
        }

        counters.End(_worker.Shard, new RequestOutcome(Status, GrpcStatus, Refusal), duration, RequestBytes, ResponseBytes);
        Scope.Log(this, duration);
        Load?.RemoveRequest();
        if (_isRetry)
        {
            Load!.RemoveRetry();
        }

        leg?.Release(downstream);
        if (_isOpening)
        {
            // Whoever opens its way has it still, and recycles it: perhaps before this call is over.
            AbandonOpening();
        }
        else
        {
            Recycle();
        }
    }

    private void Recycle()
    {
        ForgetReplay();
        _resend.Clear(_worker.Loop.Buffers);
        _abandoned?.Dispose();
        _abandoned = null;
        Request.Clear();
        _trailers.Clear();
        _hasTrailers = false;
        Scope = null!;
        Service = null;
        Endpoint = null;
        Target = null;
        JudgedUnder = null;
        LastEndpoint = null;
        Load = null;
        IsOnMeshLink = false;
        Mesh = default;
        Client = null;
        _isCounted = false;
        _isRetry = false;
        Tls = null;
        _trace = null;
        _upstreamDuration = null;
        _tried = default;
        Refusal = RefusalCode.None;
        Detail = null;
        Policy = null;
        Status = 0;
        GrpcStatus = RequestOutcome.NoGrpcStatus;
        IsGrpc = false;
        Tries = 0;
        RequestBytes = 0;
        ResponseBytes = 0;
        _requestEnded = false;
        _responseEnded = false;
        _isTunnel = false;
        _replayLost = false;
        _requestSent = false;
        _worker.Exchanges.Return(this);
    }
}
