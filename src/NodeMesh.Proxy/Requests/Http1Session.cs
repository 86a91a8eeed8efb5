using NodeMesh.Http.Headers;
using NodeMesh.Http.Http1;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// One HTTP/1.1 connection with its engine, as client or server: reads, feeds the engine, and stops reading while the other side of the exchange
/// takes no more. It is itself the exchange's leg, since it carries one exchange at a time. Lives on one loop, as long as the connection.
/// </summary>
internal abstract class Http1Session : LoopTimer, IHttp1ConnectionHandler, IHttpLeg
{
    private readonly OutputGate _gate;
    private readonly LoopSignal _pause = new();
    private readonly WakeItem _wake;
    private bool _isPaused;
    private string? _broken;

    protected Http1Session(ILoopDuplex carrier, Http1Role role, Http1Options options)
    {
        Carrier = carrier;
        Engine = new Http1Connection(role, options, this, carrier.Output);
        _gate = new OutputGate(carrier.Output, OnGateOpened);
        _wake = new WakeItem(this);
    }

    public ILoopDuplex Carrier { get; }

    public Http1Connection Engine { get; }

    public EventLoop Loop => Carrier.Loop;

    /// <summary>The exchange under way; null between two.</summary>
    protected HttpExchange? Exchange { get; set; }

    public abstract void OnHeaders(HeaderList headers, bool endStream);

    public virtual void OnInformational(HeaderList headers)
    {
    }

    public abstract int OnData(ReadOnlySpan<byte> data, bool endStream);

    public abstract void OnTrailers(HeaderList trailers);

    public abstract void OnError(Http1Error error);

    public virtual bool WriteHeaders(HeaderList headers, bool endStream)
    {
        var written = Engine.WriteHeaders(headers, endStream);
        Flush();
        return written;
    }

    public int WriteData(ReadOnlySpan<byte> data, bool endStream)
    {
        if (!_gate.HasRoom && !data.IsEmpty)
        {
            return 0;
        }

        if (!Engine.WriteData(data, endStream))
        {
            BreakLater(Engine.Refusal!);
            return 0;
        }

        Flush();
        if (endStream && Engine.IsTunnel)
        {
            Carrier.Output.Complete();
        }

        return data.Length;
    }

    public void WriteTrailers(HeaderList trailers)
    {
        if (Engine.WriteTrailers(trailers))
        {
            Flush();
        }
        else
        {
            BreakLater(Engine.Refusal!);
        }
    }

    public void Resume()
    {
        if (_isPaused)
        {
            Loop.Enqueue(_wake);
        }
    }

    public abstract void Release(LegEnd end);

    /// <summary>Reads until the connection ends.</summary>
    public async Task RunAsync()
    {
        var input = Carrier.Input;
        try
        {
            while (_broken is null)
            {
                if (!_gate.HasRoom && Exchange is null && !IsDeaf)
                {
                    // Who does not read the answers it has is asked for no more requests: their answers would have to be kept.
                    await PauseAsync();
                    continue;
                }

                var read = await input.ReadAsync();
                var consumed = IsDeaf ? read.Buffer.End : Engine.Receive(read.Buffer);
                var left = !consumed.Equals(read.Buffer.End);
                var mustPause = left && _broken is null && MustPause();
                input.AdvanceTo(consumed, mustPause ? consumed : read.Buffer.End);
                if (mustPause)
                {
                    await PauseAsync();
                }
                else if (read.IsCompleted && _broken is null)
                {
                    if (!IsDeaf)
                    {
                        Engine.ReceiveEnd();
                    }

                    OnPeerEnded();
                    break;
                }

                if (!OnReceived())
                {
                    break;
                }
            }

            if (_broken is not null)
            {
                OnLost(_broken);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            OnLost(exception.Message);
        }
        catch (Exception exception)
        {
            OnFault(exception);
            Carrier.Abort();
        }
        finally
        {
            input.Complete();
            OnStopped();
        }
    }

    /// <summary>The connection is closing: what still comes is read so that the peer is not reset, and means nothing.</summary>
    protected abstract bool IsDeaf { get; }

    /// <summary>Whether what the engine left unread is to stay so until somebody resumes: false when only the rest of a line is missing.</summary>
    protected abstract bool MustPause();

    /// <summary>After each receipt; false to stop reading.</summary>
    protected abstract bool OnReceived();

    /// <summary>The peer ended its half in order.</summary>
    protected abstract void OnPeerEnded();

    /// <summary>The connection was lost.</summary>
    protected abstract void OnLost(string reason);

    /// <summary>An error of our own.</summary>
    protected abstract void OnFault(Exception exception);

    /// <summary>Nothing is read any more.</summary>
    protected abstract void OnStopped();

    /// <summary>The output takes more.</summary>
    protected abstract void OnRoom();

    protected void Flush() => _gate.Flush();

    /// <summary>Cuts the connection now, also where its reading waits for somebody to resume it.</summary>
    protected void Cut(string reason)
    {
        _broken ??= reason;
        Carrier.Abort();
        Resume();
    }

    /// <summary>Cuts the connection at the end of the turn: a write met what cannot be said, and its caller is in the middle of something.</summary>
    private void BreakLater(string reason)
    {
        _broken ??= reason;
        Loop.Enqueue(_wake);
    }

    /// <summary>Ends with the next <see cref="Resume"/>.</summary>
    private ValueTask<bool> PauseAsync()
    {
        _isPaused = true;
        return _pause.Wait();
    }

    private void OnGateOpened()
    {
        OnRoom();
        Resume();
    }

    private void Wake()
    {
        if (_broken is not null)
        {
            Carrier.Abort();
        }

        _isPaused = false;
        _pause.Wake();
    }

    private sealed class WakeItem(Http1Session session) : LoopWorkItem
    {
        protected override void Execute() => session.Wake();
    }
}
