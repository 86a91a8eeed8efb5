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
/// <para>
/// It closes in order: what is written goes out, then it reads on to the peer's end, because to close over unread bytes is a reset, and that may
/// destroy what was sent last. <see cref="MeshLinkOptions.CloseTimeout"/> bounds it.
/// </para>
/// </summary>
internal sealed class MeshLink : LoopTimer, IHttp2ConnectionHandler
{
    /// <summary>What a refusal is called between our daemons (never passed on to an application).</summary>
    public static ReadOnlySpan<byte> RefusedHeader => "nodemesh-refused"u8;

    private readonly IMeshLinkOwner _owner;
    private readonly MeshLinkOptions _options;
    private readonly StreamMemory _memory;
    private readonly Queue<MeshStream> _waitingForRoom = new();
    private readonly Action _resume;
    private readonly SettleItem _settle;
    private readonly long _startedAt;
    private ValueTaskAwaiter<FlushResult> _flush;
    private bool _flushWaits;
    private bool _overrun;
    private bool _closed;
    private bool _probed;
    private int _streams;
    private long _held;
    private long _lastReceived;
    private long _idleSince;
    private long _taken;
    private long _lastTaken;
    private string _closeReason = "closed by the peer";

    public MeshLink(TlsConnection connection, Http2Role role, MeshLinkOptions options, StreamMemory memory, IMeshLinkOwner owner)
    {
        Connection = connection;
        _options = options;
        _memory = memory;
        _owner = owner;
        _resume = Resume;
        _settle = new SettleItem(this);
        Engine = new Http2Connection(role, options.Http2, this, connection.Output, options.Time);
        _startedAt = _lastReceived = _idleSince = _lastTaken = Loop.NowMilliseconds;
    }

    public TlsConnection Connection { get; }

    public Http2Connection Engine { get; }

    public EventLoop Loop => Connection.Loop;

    public bool IsClosed => _closed;

    /// <summary>Why it closed, or would if the peer closed it now.</summary>
    public string CloseReason => _closeReason;

    /// <summary>Whether a stream may add to the output now: beyond this the peer must read first.</summary>
    public bool HasRoom => !_flushWaits;

    /// <summary>Bytes that its streams hold for their readers.</summary>
    public long Held => _held;

    /// <summary>Whether a stream can be opened on it now.</summary>
    public bool CanOpen => Engine.CanOpenStream && !HasExpired;

    /// <summary>The peer's certificate is past its end: streams under way go on, new ones are not to be.</summary>
    public bool HasExpired => Connection.Session.PeerNotAfter <= _options.Time.GetUtcNow();

    /// <summary>When the peer was last heard, by the loop's clock.</summary>
    public long LastReceived => _lastReceived;

    /// <summary>Whoever keeps the link in a pool or list.</summary>
    public object? Group { get; set; }

    /// <summary>Begins to speak HTTP/2, and runs until the link is gone.</summary>
    public void Start()
    {
        _memory.Links++;
        Connection.Closed = _ => Loop.Disarm(this);
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
        NoteStreams();
        Flush();
        return stream;
    }

    /// <summary>Sends what the engine wrote at the end of this turn. Cheap to call after every write.</summary>
    public void Flush()
    {
        if (_closed)
        {
            return;
        }

        var output = Connection.Output;
        if (_flushWaits)
        {
            // Answers are written whether or not there is room: a peer that asks and never reads must not make them pile up.
            if (output.Pending > _options.MaxBacklog)
            {
                _overrun = true;
                SettleLater();
            }

            return;
        }

#pragma warning disable CA2012 // The awaiter is kept instead of awaited: under congestion this comes for every 64 KiB, and must not allocate.
        _flush = output.FlushAsync().GetAwaiter();
#pragma warning restore CA2012
        Engine.OutputPending = output.Pending;
        if (!_flush.IsCompleted)
        {
            _flushWaits = true;
            _flush.UnsafeOnCompleted(_resume);
        }
        else if (output.Failure is not null)
        {
            SettleLater();
        }
    }

    /// <summary>A stream may have ended from our side: looks, at the end of this turn, whether the link became idle or drained.</summary>
    public void SettleLater() => Loop.Enqueue(_settle);

    /// <summary>Tells the stream, once, when there is room again.</summary>
    public void WaitForRoom(MeshStream stream) => _waitingForRoom.Enqueue(stream);

    /// <summary>Takes note of bytes that its streams hold, or give up. False when it holds too much and a stream must pay.</summary>
    public bool Hold(long bytes)
    {
        _held += bytes;
        _memory.Add(bytes);
        return bytes <= 0 || !_memory.IsTooMuch(_held);
    }

    /// <summary>Takes no new streams, lets those under way end, then closes.</summary>
    public void Drain()
    {
        if (!_closed && !Engine.IsDraining)
        {
            Engine.Shutdown();
            Flush();
            _idleSince = Loop.NowMilliseconds;
            _owner.OnDraining(this);
            SettleLater();
        }
    }

    /// <summary>Ends all streams and closes, in order as far as the peer takes part.</summary>
    public void Close(string reason, Http2ErrorCode code = Http2ErrorCode.NoError, Exception? fault = null)
    {
        if (_closed)
        {
            return;
        }

        _closeReason = reason;
        if (!Engine.IsClosed && Connection.Output.Failure is null)
        {
            // A server's second call skips the round trip between its two GOAWAYs.
            Engine.Shutdown(code);
            Engine.Shutdown(code);
        }

        _closed = true;
        _memory.Links--;
        Engine.Terminate(code);
        NoteStreams();
        Connection.Output.Complete();
        if (!Connection.IsClosed)
        {
            Loop.Arm(this, _options.CloseTimeout);
        }

        while (_waitingForRoom.TryDequeue(out var waiting))
        {
            waiting.OnRoom();
        }

        _owner.OnClosed(this, reason, fault);
    }

    protected override void OnExpired()
    {
        if (_closed)
        {
            // The peer takes no part in an orderly end.
            Connection.Abort();
        }
        else if (FindDeath(Loop.NowMilliseconds) is { } reason)
        {
            Close(reason);
            Connection.Abort();
        }
        else
        {
            var now = Loop.NowMilliseconds;
            if (!Engine.IsDraining && (HasExpired || (Engine.ActiveStreams == 0 && now - _idleSince >= _options.IdleTimeout.TotalMilliseconds)))
            {
                Drain();
            }

            if (!_probed && now - _lastReceived >= _options.KeepAliveIdle.TotalMilliseconds)
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
            NoteStreams();
            _owner.OnRequest(this, stream, headers, endStream);
            return;
        }

        var response = ReadResponse(headers);
        var tunnel = (MeshStream)stream.State!;
        tunnel.OnResponse(response);
        if (endStream)
        {
            tunnel.OnData(default, endStream: true);
            SettleLater();
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

    void IHttp2ConnectionHandler.OnTrailers(Http2Stream stream, HeaderList trailers)
    {
        (stream.State as MeshStream)?.OnData(default, endStream: true);
        SettleLater();
    }

    void IHttp2ConnectionHandler.OnReset(Http2Stream stream, Http2ErrorCode code)
    {
        (stream.State as MeshStream)?.OnReset(code);
        if (!_closed)
        {
            SettleLater();
        }
    }

    void IHttp2ConnectionHandler.OnSendWindow(Http2Stream stream) => (stream.State as MeshStream)?.OnSendWindow();

    void IHttp2ConnectionHandler.OnPeerSettings() => SettleLater();

    void IHttp2ConnectionHandler.OnGoAway(int lastStreamId, Http2ErrorCode code)
    {
        _owner.OnDraining(this);
        SettleLater();
    }

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
        var input = Connection.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync();
                _lastReceived = Loop.NowMilliseconds;
                _probed = false;
                var consumed = _closed ? read.Buffer.End : Engine.Receive(read.Buffer);
                input.AdvanceTo(consumed, read.Buffer.End);
                Flush();
                if (Engine.IsClosed || read.IsCompleted)
                {
                    Close(_closeReason, Engine.IsClosed ? Http2ErrorCode.ProtocolError : Http2ErrorCode.NoError);
                }
                else if (Engine.IsDraining)
                {
                    SettleLater();
                }

                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            Close(exception.Message, Http2ErrorCode.InternalError);
        }
        catch (Exception exception)
        {
            Close("a failure inside the daemon", Http2ErrorCode.InternalError, exception);
            Connection.Abort();
        }
        finally
        {
            input.Complete();
        }
    }

    /// <summary>Why the link is to be given up now; null when it lives.</summary>
    private string? FindDeath(long now)
    {
        var output = Connection.Output;
        if (output.Pending == 0 || output.Taken != _taken)
        {
            _taken = output.Taken;
            _lastTaken = now;
        }

        var patience = (_options.KeepAliveIdle + _options.KeepAliveTimeout).TotalMilliseconds;
        if (_probed && now - _lastReceived >= patience)
        {
            return "the peer does not answer";
        }

        if (now - _lastTaken >= patience)
        {
            return "the peer does not read";
        }

        if (!Engine.SettingsAcknowledged && now - _startedAt >= _options.HandshakeTimeout.TotalMilliseconds)
        {
            return "the peer did not exchange SETTINGS in time";
        }

        return Engine is { IsDraining: true, ActiveStreams: 0 } && now - _idleSince >= _options.KeepAliveTimeout.TotalMilliseconds
            ? "drained, but the peer does not let go"
            : null;
    }

    private void NoteStreams()
    {
        var change = Engine.ActiveStreams - _streams;
        if (change != 0)
        {
            _streams += change;
            if (_streams == 0)
            {
                _idleSince = Loop.NowMilliseconds;
            }

            _owner.OnStreams(this, change);
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

        NoteStreams();
        if (_overrun)
        {
            Close("the peer asks for answers and does not read them", Http2ErrorCode.EnhanceYourCalm);
            Connection.Abort();
        }
        else if (Connection.Output.Failure is { } failure)
        {
            Close(failure.Message, Http2ErrorCode.InternalError);
        }
        else if (Engine.IsDrained)
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
