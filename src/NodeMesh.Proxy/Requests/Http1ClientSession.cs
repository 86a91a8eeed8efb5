using NodeMesh.Http.Headers;
using NodeMesh.Http.Http1;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// An HTTP/1.1 connection to an upstream, kept by its <see cref="Http1Pool"/> between two exchanges. It reads all the time, so that one that the
/// upstream closes leaves the pool at once.
/// </summary>
internal sealed class Http1ClientSession : Http1Session, IUpstreamLeg
{
    /// <summary>For the upstream to close its half after we have closed ours.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);

    private readonly Http1Pool _pool;
    private bool _isStopped;
    private bool _isClosed;

    public Http1ClientSession(ILoopDuplex carrier, Http1Options options, Http1Pool pool)
        : base(carrier, Http1Role.Client, options)
    {
        _pool = pool;
        carrier.HungUp = OnHungUp;
    }

    /// <summary>Where the connection is counted; null where nothing limits it.</summary>
    public ServiceLoad? Load { get; init; }

    /// <summary>Of the service it was made for.</summary>
    public required PoolCounters Counters { get; init; }

    public bool IsTunnel => Engine.IsTunnel;

    /// <summary>The certificate of the peer whose link it runs inside is past its end.</summary>
    public bool HasExpired => Carrier is MeshStream { Link.HasExpired: true };

    /// <summary>Exchanges that it has carried whole.</summary>
    public int Carried { get; private set; }

    public LegFailure Unsent => IsReusable
        ? new LegFailure(RefusalCode.BadRequest, $"the request cannot be sent in HTTP/1.1: {Engine.Refusal}")
        : LegFailure.NotTaken;

    /// <summary>Takes the exchange whose leg it is next.</summary>
    public void Begin(HttpExchange exchange)
    {
        Loop.Disarm(this);
        Exchange = exchange;
    }

    /// <summary>Waits in the pool, and closes when nobody wants it for so long.</summary>
    public void BeginIdle(TimeSpan timeout) => Loop.Arm(this, timeout);

    /// <summary>Ends it, idle or not.</summary>
    public void Close()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        Loop.Disarm(this);
        _pool.OnClosed(this);
        if (!Carrier.IsClosed)
        {
            // Nothing of an answer is wanted any more, so there is nothing to read on for.
            if (_isStopped)
            {
                Carrier.Output.Complete();
            }
            else if (Engine.IsIdle)
            {
                Carrier.Output.Complete();
                Resume();
                Loop.Arm(this, Linger);
            }
            else
            {
                Cut("the exchange ended early");
            }
        }

        ReleaseTunnel();
    }

    public override bool WriteHeaders(HeaderList headers, bool endStream) => !_isClosed && base.WriteHeaders(headers, endStream);

    public override void OnHeaders(HeaderList headers, bool endStream)
    {
        Exchange?.OnResponse(headers, endStream);
        if (Engine.IsTunnel)
        {
            Resume();
        }
    }

    public override void OnInformational(HeaderList headers) => Exchange?.OnInformational(headers);

    public override int OnData(ReadOnlySpan<byte> data, bool endStream) => Exchange?.OnResponseData(data, endStream) ?? data.Length;

    public override void OnTrailers(HeaderList trailers) => Exchange?.OnResponseTrailers(trailers);

    public override void OnError(Http1Error error)
    {
        var isClosed = error.Kind is Http1ErrorKind.ClosedBeforeResponse or Http1ErrorKind.Truncated;
        if (!isClosed)
        {
            _pool.CountProtocolError(this, error);
        }

        if (Exchange is { } exchange)
        {
            exchange.OnUpstreamFailed(new LegFailure(
                isClosed ? RefusalCode.UpstreamClosed : RefusalCode.UpstreamProtocolError,
                error.Reason,
                StaleConnection: error.Kind == Http1ErrorKind.ClosedBeforeResponse && Carried > 0));
        }

        Close();
    }

    public override void Release(LegEnd end)
    {
        Exchange = null;
        if (IsReusable)
        {
            Carried++;
            _pool.Return(this);
        }
        else
        {
            Close();
        }
    }

    protected override void OnExpired()
    {
        if (_isClosed)
        {
            Cut("the upstream does not close");
        }
        else
        {
            Close();
        }
    }

    /// <summary>No message is under way on it, whether one was or none was begun, and another may follow.</summary>
    private bool IsReusable => Engine.CanReuse && !_isStopped && !_isClosed;

    protected override bool IsDeaf => _isClosed;

    protected override bool MustPause() => Engine.IsStopped && !_isClosed;

    protected override bool OnReceived() => !_isClosed;

    protected override void OnPeerEnded()
    {
        _isStopped = true;
        if (Exchange is null)
        {
            Close();
        }
    }

    protected override void OnLost(string reason)
    {
        _isStopped = true;
        Exchange?.OnUpstreamFailed(new LegFailure(
            RefusalCode.UpstreamClosed, reason, StaleConnection: Carried > 0 && !Engine.HasResponseBegun));
        Close();
    }

    protected override void OnFault(Exception exception)
    {
        _pool.LogFault(exception);
        Exchange?.OnUpstreamFailed(new LegFailure(RefusalCode.Internal, exception.Message));
    }

    protected override void OnStopped()
    {
        _isStopped = true;
        Loop.Disarm(this);
        if (Exchange is null)
        {
            Close();
        }

        ReleaseTunnel();
    }

    protected override void OnRoom() => Exchange?.OnRequestWritable();

    /// <summary>A socket closes with its two ends; the stream of a link is given back once nobody reads or writes it any more.</summary>
    private void ReleaseTunnel()
    {
        if (_isStopped && _isClosed)
        {
            (Carrier as MeshStream)?.Dispose();
        }
    }

    private void OnHungUp()
    {
        // What it sent before it went may still be read; an idle connection has nothing to tell.
        if (Exchange is null)
        {
            Close();
        }
    }
}
