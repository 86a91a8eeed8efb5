using System.Buffers.Text;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>
/// One mutual TLS connection to or from another daemon with its HTTP/2 engine: feeds the engine, gathers what all its streams write into one
/// flush per loop turn, keeps the connection alive and notices when it is dead. Made after the handshake; lives on one loop.
/// </summary>
internal sealed class MeshLink : LoopTimer, IHttp2ConnectionHandler
{
    /// <summary>What a refusal is called between our daemons (never passed on to an application).</summary>
    public static ReadOnlySpan<byte> RefusedHeader => "nodemesh-refused"u8;

    private readonly IMeshLinkOwner _owner;
    private readonly MeshLinkOptions _options;
    private readonly Queue<MeshStream> _waitingForRoom = new();
    private readonly Action _resume;
    private readonly SettleItem _settle;
    private ValueTaskAwaiter<FlushResult> _flush;
    private bool _flushWaits;
    private bool _closed;
    private bool _probed;
    private long _lastReceived;
    private long _idleSince;
    private string _closeReason = "closed by the peer";

    public MeshLink(TlsConnection connection, Http2Role role, MeshLinkOptions options, IMeshLinkOwner owner, TimeProvider time)
    {
        Connection = connection;
        _options = options;
        _owner = owner;
        _resume = Resume;
        _settle = new SettleItem(this);
        Engine = new Http2Connection(role, options.Http2, this, connection.Output, time);
        _lastReceived = _idleSince = Loop.NowMilliseconds;
    }

    public TlsConnection Connection { get; }

    public Http2Connection Engine { get; }

    public EventLoop Loop => Connection.Loop;

    public bool IsClosed => _closed;

    /// <summary>Whether a stream may add to the output now: beyond this the peer must read first.</summary>
    public bool HasRoom => !_flushWaits;

    /// <summary>Whoever keeps the link in a pool or list.</summary>
    public object? Group { get; set; }

    /// <summary>Begins to speak HTTP/2, and runs until the link is gone.</summary>
    public void Start()
    {
        Loop.Arm(this, _options.KeepAliveIdle);
        Engine.Start();
        Flush();
        _ = ReceiveAsync();
    }

    /// <summary>Opens a CONNECT stream with these headers, or says why not.</summary>
    public MeshStream? TryOpen(HeaderList headers, out Http2OpenFailure failure)
    {
        var stream = new MeshStream(this);
        if (!Engine.TryOpenStream(headers, endStream: false, stream, out var http2, out failure))
        {
            return null;
        }

        stream.Http2 = http2;
        Flush();
        return stream;
    }

    /// <summary>Sends what the engine wrote at the end of this turn. Cheap to call after every write.</summary>
    public void Flush()
    {
        if (_flushWaits || _closed)
        {
            return;
        }

#pragma warning disable CA2012 // The awaiter is kept instead of awaited: under congestion this comes for every 64 KiB, and must not allocate.
        _flush = Connection.Output.FlushAsync().GetAwaiter();
#pragma warning restore CA2012
        Engine.OutputPending = Connection.Output.Pending;
        if (!_flush.IsCompleted)
        {
            _flushWaits = true;
            _flush.UnsafeOnCompleted(_resume);
        }
    }

    /// <summary>A stream may have ended from our side: looks, at the end of this turn, whether the link became idle or drained.</summary>
    public void SettleLater() => Loop.Enqueue(_settle);

    /// <summary>Tells the stream, once, when there is room again.</summary>
    public void WaitForRoom(MeshStream stream) => _waitingForRoom.Enqueue(stream);

    /// <summary>Takes no new streams, lets those under way end, then closes.</summary>
    public void Drain()
    {
        if (!_closed)
        {
            Engine.Shutdown();
            Flush();
            SettleLater();
        }
    }

    public void Close(string reason, Http2ErrorCode code = Http2ErrorCode.NoError)
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _closeReason = reason;
        Loop.Disarm(this);
        Engine.Terminate(code);
        Connection.Output.Complete();
        Connection.Input.Complete();
        while (_waitingForRoom.TryDequeue(out var waiting))
        {
            waiting.OnRoom();
        }

        _owner.OnClosed(this, reason);
    }

    protected override void OnExpired()
    {
        var silent = Loop.NowMilliseconds - _lastReceived;
        if (Connection.Session.PeerNotAfter <= _options.Time.GetUtcNow())
        {
            Close("the peer's certificate has expired");
        }
        else if (_probed && silent >= (_options.KeepAliveIdle + _options.KeepAliveTimeout).TotalMilliseconds)
        {
            Close("the peer does not answer");
            Connection.Abort();
        }
        else if (Engine.ActiveStreams == 0 && Loop.NowMilliseconds - _idleSince >= _options.IdleTimeout.TotalMilliseconds)
        {
            Drain();
        }
        else
        {
            if (silent >= _options.KeepAliveIdle.TotalMilliseconds && !_probed)
            {
                _probed = true;
                Engine.Ping(0);
                Flush();
            }

            Loop.Arm(this, _options.KeepAliveIdle);
        }
    }

    void IHttp2ConnectionHandler.OnHeaders(Http2Stream stream, HeaderList headers, bool endStream)
    {
        if (Engine.Role == Http2Role.Server)
        {
            _owner.OnRequest(this, stream, headers, endStream);
            return;
        }

        var response = ReadResponse(headers);
        var tunnel = (MeshStream)stream.State!;
        tunnel.OnResponse(response);
        if (endStream)
        {
            tunnel.OnData(default, endStream: true);
        }
    }

    void IHttp2ConnectionHandler.OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        if (stream.State is MeshStream tunnel)
        {
            tunnel.OnData(data, endStream);
        }
        else
        {
            stream.Consume(data.Length);
        }

        if (endStream)
        {
            SettleLater();
        }
    }

    void IHttp2ConnectionHandler.OnTrailers(Http2Stream stream, HeaderList trailers) => (stream.State as MeshStream)?.OnData(default, endStream: true);

    void IHttp2ConnectionHandler.OnReset(Http2Stream stream, Http2ErrorCode code)
    {
        (stream.State as MeshStream)?.OnReset(code);
        SettleLater();
    }

    void IHttp2ConnectionHandler.OnSendWindow(Http2Stream stream) => (stream.State as MeshStream)?.OnSendWindow();

    void IHttp2ConnectionHandler.OnPeerSettings() => _owner.OnCapacity(this);

    void IHttp2ConnectionHandler.OnGoAway(int lastStreamId, Http2ErrorCode code) => _owner.OnDraining(this);

    void IHttp2ConnectionHandler.OnPingAck(ulong opaque)
    {
    }

    void IHttp2ConnectionHandler.OnConnectionError(Http2ErrorCode code, string reason) => _closeReason = $"{code}: {reason}";

    private static MeshResponse ReadResponse(HeaderList headers)
    {
        var status = headers.TryGet(KnownHeader.Status, out var digits) && Utf8Parser.TryParse(digits, out int value, out _) ? value : 0;
        var refusal = status != 200 && headers.TryGet(RefusedHeader, out var code) ? Encoding.Latin1.GetString(code) : null;
        return new MeshResponse(status, refusal);
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (!_closed)
            {
                var read = await Connection.Input.ReadAsync();
                _lastReceived = Loop.NowMilliseconds;
                _probed = false;
                var consumed = Engine.Receive(read.Buffer);
                if (_closed)
                {
                    return;
                }

                Connection.Input.AdvanceTo(consumed, read.Buffer.End);
                Flush();
                if (Engine.IsClosed)
                {
                    Close(_closeReason, Http2ErrorCode.ProtocolError);
                    return;
                }

                if (read.IsCompleted)
                {
                    Close(_closeReason);
                    return;
                }
            }
        }
        catch (IOException exception)
        {
            Close(exception.Message, Http2ErrorCode.InternalError);
        }
    }

    private void Resume()
    {
        _flush.GetResult();
        _flushWaits = false;
        Engine.OutputPending = Connection.Output.Pending;

        // Each gets one turn, in the order they came; who still has more queues up behind the others.
        for (var left = _waitingForRoom.Count; left > 0 && !_closed; left--)
        {
            _waitingForRoom.Dequeue().OnRoom();
        }
    }

    private void Settle()
    {
        if (_closed)
        {
            return;
        }

        if (Engine.ActiveStreams == 0)
        {
            _idleSince = Loop.NowMilliseconds;
        }

        if (Engine.IsDrained)
        {
            Close("drained");
        }
        else
        {
            _owner.OnCapacity(this);
        }
    }

    private sealed class SettleItem(MeshLink link) : LoopWorkItem
    {
        protected override void Execute() => link.Settle();
    }
}
