using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Sessions;

/// <summary>
/// One HTTP/2 connection, to or from an application or another daemon, with its engine: feeds the engine, gathers what all streams write into one
/// flush per loop turn, keeps the connection alive and notices when it is dead. Lives on one loop.
/// <para>
/// It closes in order: what is written goes out, then it reads on to the peer's end, because to close over unread bytes is a reset, and that may
/// destroy what was sent last. <see cref="Http2SessionOptions.CloseTimeout"/> bounds it.
/// </para>
/// </summary>
internal partial class Http2Session : LoopTimer, IHttp2ConnectionHandler
{
    private readonly IHttp2SessionOwner _owner;
    private readonly Http2SessionOptions _options;
    private readonly StreamMemory _memory;
    private readonly Http2Counters _counters;
    private readonly Queue<Http2StreamHandler> _waitingForRoom = new();
    private readonly OutputGate _gate;
    private readonly SettleItem _settle;
    private bool _overrun;
    private bool _closed;
    private int _streams;
    private long _held;
    private TaskCompletionSource? _settled;
    private string _closeReason = "closed by the peer";

    public Http2Session(ILoopDuplex carrier, Http2Role role, Http2SessionOptions options, StreamMemory memory, Http2Counters counters, IHttp2SessionOwner owner)
    {
        Carrier = carrier;
        _options = options;
        _memory = memory;
        _counters = counters;
        _frameDeadline = new FrameDeadline(this);
        _owner = owner;
        _gate = new OutputGate(carrier.Output, OnRoom);
        _settle = new SettleItem(this);
        Engine = new Http2Connection(role, options.Http2, this, carrier.Output, options.Time);
        _startedAt = LastReceived = _idleSince = _lastTaken = Loop.NowMilliseconds;
    }

    /// <summary>What it runs over.</summary>
    public ILoopDuplex Carrier { get; }

    public Http2Connection Engine { get; }

    public EventLoop Loop => Carrier.Loop;

    public bool IsClosed => _closed;

    /// <summary>Why it closed, or would if the peer closed it now.</summary>
    public string CloseReason => _closeReason;

    /// <summary>Whether a stream may add to the output now: beyond this the peer must read first.</summary>
    public bool HasRoom => _gate.HasRoom;

    /// <summary>Bytes that its streams hold for their readers.</summary>
    public long Held => _held;

    /// <summary>Whether a stream can be opened on it now.</summary>
    public bool CanOpen => Engine.CanOpenStream && !HasExpired;

    /// <summary>What it was made with is past its end: streams under way go on, new ones are not to be.</summary>
    public virtual bool HasExpired => false;

    /// <summary>Ends, on the loop, when the peer has said what it allows, or the connection is closed.</summary>
    public Task Settled => _closed || Engine.IsEstablished ? Task.CompletedTask : (_settled ??= new TaskCompletionSource()).Task;

    /// <summary>What the pool that keeps it knows it by; null when none does.</summary>
    public IHttp2SessionGroup? Group { get; set; }

    /// <summary>When the peer was last heard, by the loop's clock.</summary>
    public long LastReceived { get; private set; }

    /// <summary>Begins to speak HTTP/2, and runs until the connection is gone.</summary>
    public void Start()
    {
        _memory.Links++;
        Loop.Arm(this, _options.KeepAliveIdle);
        Engine.Start();
        Flush();
        _ = ReceiveAsync();
    }

    /// <summary>Lets go of it before it was started.</summary>
    public void Discard()
    {
        Carrier.Input.Complete();
        Carrier.Abort();
        OnEnded();
    }

    /// <summary>Opens a stream with these headers, as client, or says why not.</summary>
    public Http2Stream? TryOpen(HeaderList headers, bool endStream, Http2StreamHandler handler, out Http2OpenFailure failure)
    {
        if (!Engine.TryOpenStream(headers, endStream, handler, out var stream, out failure))
        {
            return null;
        }

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

        var output = Carrier.Output;
        if (_gate.HasRoom)
        {
            _gate.Flush();
            Engine.OutputPending = output.Pending;
            if (output.Failure is not null)
            {
                SettleLater();
            }
        }
        else if (output.Pending > _options.MaxBacklog)
        {
            // Answers are written whether or not there is room: a peer that asks and never reads must not make them pile up.
            _overrun = true;
            SettleLater();
        }
    }

    /// <summary>A stream may have ended from our side: looks, at the end of this turn, whether the connection became idle or drained.</summary>
    public void SettleLater() => Loop.Enqueue(_settle);

    /// <summary>Tells the stream, once, when there is room again.</summary>
    public void WaitForRoom(Http2StreamHandler stream) => _waitingForRoom.Enqueue(stream);

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
        if (!Engine.IsClosed && Carrier.Output.Failure is null)
        {
            // A server's second call skips the round trip between its two GOAWAYs.
            Engine.Shutdown(code);
            Engine.Shutdown(code);
        }

        _closed = true;
        _memory.Links--;
        Loop.Disarm(_frameDeadline);
        if (Engine.Flood != Http2Flood.None)
        {
            _counters.Flooded(Engine.Flood);
        }

        Engine.Terminate(code);
        NoteStreams();
        Carrier.Output.Complete();
        if (!Carrier.IsClosed)
        {
            Loop.Arm(this, _options.CloseTimeout);
        }

        while (_waitingForRoom.TryDequeue(out var waiting))
        {
            waiting.OnRoom();
        }

        _owner.OnClosed(this, reason, fault);
        _settled?.TrySetResult();
    }

    /// <summary>It is closed and reads no more: nothing of its carrier is wanted any longer.</summary>
    protected virtual void OnEnded()
    {
    }

    /// <summary>Streams were opened or have ended: tells the owner how many.</summary>
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

    private async Task ReceiveAsync()
    {
        var input = Carrier.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync();
                NoteReceived();
                var consumed = _closed ? read.Buffer.End : Engine.Receive(read.Buffer);
                var isWhole = consumed.Equals(read.Buffer.End);
                input.AdvanceTo(consumed, read.Buffer.End);
                Flush();
                NoteFrame(isWhole && !Engine.IsHeaderBlockOpen);
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
            Carrier.Abort();
        }
        finally
        {
            input.Complete();
            OnEnded();
        }
    }

    private void OnRoom()
    {
        Engine.OutputPending = Carrier.Output.Pending;

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
        if (_settled is not null && Engine.IsEstablished)
        {
            _settled.TrySetResult();
            _settled = null;
        }

        if (_overrun)
        {
            _counters.Flooded(Http2Flood.UnreadAnswers);
            Close("the peer asks for answers and does not read them", Http2ErrorCode.EnhanceYourCalm);
            Carrier.Abort();
        }
        else if (Carrier.Output.Failure is { } failure)
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

    private sealed class SettleItem(Http2Session session) : LoopWorkItem
    {
        protected override void Execute() => session.Settle();
    }
}
