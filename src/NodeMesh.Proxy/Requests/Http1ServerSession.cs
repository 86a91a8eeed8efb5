using NodeMesh.Http.Headers;
using NodeMesh.Http.Http1;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// The HTTP/1.1 connection of a client: one exchange after the other, until either side closes. A client that ends its half may still wait for its
/// answer; one that is gone ends its exchange at once.
/// </summary>
internal sealed class Http1ServerSession : Http1Session, IServerSession, IDownstreamLeg
{
    /// <summary>What is still read of a request whose answer was sent already, so that the connection can go on (or the client read the answer).</summary>
    private const int MaxDiscarded = 256 * 1024;

    private readonly RequestScope _scope;
    private readonly ExchangePool _exchanges;
    private readonly HttpServerOptions _options;
    private readonly LoopSignal _over = new();
    private int _discarded;
    private bool _isDraining;
    private bool _isFirst = true;
    private bool _isReadingHead;
    private bool _isStopped;
    private bool _isClosing;

    public Http1ServerSession(ILoopDuplex carrier, RequestScope scope, ExchangePool exchanges, HttpServerOptions options, long since)
        : base(carrier, Http1Role.Server, options.Http1)
    {
        _scope = scope;
        _exchanges = exchanges;
        _options = options;
        carrier.HungUp = OnHungUp;
        var left = options.HeaderTimeout - TimeSpan.FromMilliseconds(Loop.NowMilliseconds - since);
        Loop.Arm(this, left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1));
    }

    public async Task ServeAsync()
    {
        await RunAsync();
        if (Exchange is not null)
        {
            await _over.Wait();
        }
    }

    public void Abort() => Cut("the connection was cut");

    public void Drain()
    {
        _isDraining = true;
        if (Exchange is { Status: 0 })
        {
            Engine.CloseAfterExchange();
        }
        else if (!_isFirst && Exchange is null && Engine.IsIdle)
        {
            // The client may just be sending its next request: that one is answered still, and its answer says that it was the last. One that has sent
            // none yet has the time for its first that it always has.
            Loop.Arm(this, _options.LastRequestTimeout);
        }
    }

    public override void OnHeaders(HeaderList headers, bool endStream)
    {
        Loop.Disarm(this);
        _isReadingHead = false;
        _isFirst = false;
        _discarded = 0;
        if (_isDraining)
        {
            Engine.CloseAfterExchange();
        }

        Exchange = _exchanges.Rent();
        Exchange.Begin(_scope, this, headers, endStream);
    }

    public override int OnData(ReadOnlySpan<byte> data, bool endStream)
    {
        if (Exchange is { } exchange)
        {
            return exchange.OnRequestData(data, endStream);
        }

        // The answer was sent before the request was whole.
        _discarded += data.Length;
        if (_discarded > MaxDiscarded)
        {
            Engine.CloseAfterExchange();
            Close();
        }

        return data.Length;
    }

    public override void OnTrailers(HeaderList trailers) => Exchange?.OnRequestTrailers(trailers);

    public override void OnError(Http1Error error)
    {
        _scope.CountProtocolError(error);
        if (Exchange is { } exchange)
        {
            if (error.Kind == Http1ErrorKind.Truncated)
            {
                exchange.OnDownstreamFailed(new LegFailure(RefusalCode.DownstreamClosed, error.Reason));
            }
            else
            {
                exchange.Cut(RefusalCode.BadRequest, error.Reason);
            }

            return;
        }

        Engine.WriteHeaders(_scope.ReplyTo(error), endStream: true);
        Flush();
        Close();
    }

    public override bool WriteHeaders(HeaderList headers, bool endStream)
    {
        var written = base.WriteHeaders(headers, endStream);
        if (Engine.IsTunnel)
        {
            // What the client sent behind its request for a tunnel.
            Resume();
        }

        return written;
    }

    public bool TryDeclineTunnel()
    {
        Engine.DeclineUpgrade();
        return true;
    }

    public override void Release(LegEnd end)
    {
        Exchange = null;
        if (end != LegEnd.Complete)
        {
            Cut("the exchange ended early");
        }
        else if (_isStopped || Engine.MustClose || Engine.IsTunnel)
        {
            Close();
        }
        else
        {
            Loop.Arm(this, !Engine.IsIdle ? _options.HeaderTimeout : _isDraining ? _options.LastRequestTimeout : _options.IdleTimeout);
            Resume();
        }

        _over.Wake();
    }

    protected override void OnExpired()
    {
        if (_isReadingHead && Exchange is null && !_isClosing)
        {
            Engine.ReceiveTimeout();
        }
        else if (_isClosing || !Engine.IsIdle)
        {
            // A request whose rest does not come, or a client that does not close.
            Cut("the client took too long");
        }
        else
        {
            Close();
        }
    }

    protected override bool IsDeaf => _isClosing;

    protected override bool MustPause() => Engine.IsStopped && !_isClosing;

    protected override bool OnReceived()
    {
        if (Exchange is null && !_isClosing)
        {
            if (Engine.MustClose)
            {
                Close();
            }
            else if (Engine.IsReceivingHead && !_isReadingHead)
            {
                _isReadingHead = true;
                if (!_isFirst)
                {
                    // The first one's has been counted since the connection came.
                    Loop.Arm(this, _options.HeaderTimeout);
                }
            }
        }

        return true;
    }

    protected override void OnPeerEnded()
    {
        _isStopped = true;
        if (Exchange is { } exchange)
        {
            _scope.OnHalfClosed(exchange);
        }
        else
        {
            Close();
        }
    }

    protected override void OnLost(string reason) => Exchange?.OnDownstreamFailed(new LegFailure(RefusalCode.DownstreamClosed, reason));

    protected override void OnFault(Exception exception)
    {
        _scope.LogFault(exception);
        Exchange?.OnDownstreamFailed(new LegFailure(RefusalCode.Internal, exception.Message));
    }

    protected override void OnStopped()
    {
        _isStopped = true;
        if (Exchange is null)
        {
            Close();
        }
    }

    protected override void OnRoom() => Exchange?.OnResponseWritable();

    private void OnHungUp() => Exchange?.OnDownstreamFailed(new LegFailure(RefusalCode.DownstreamClosed, "the client closed the connection"));

    /// <summary>Ends our half, and gives the client a while to read it and end its own: to close over what it still sends would reset it.</summary>
    private void Close()
    {
        if (!_isClosing)
        {
            _isClosing = true;
            Carrier.Output.Complete();
            Resume();
        }

        if (_isStopped)
        {
            Loop.Disarm(this);
        }
        else
        {
            Loop.Arm(this, _options.LingerTimeout);
        }
    }
}
