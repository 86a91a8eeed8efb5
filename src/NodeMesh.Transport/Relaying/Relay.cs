using Microsoft.AspNetCore.Connections;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Transport.Relaying;

/// <summary>
/// Carries bytes between two ends of whatever kind (socket, TLS, mesh stream) until both halves have ended. Each half ends on its own: an end
/// of stream on one side ends the other side's input and leaves the way back open. Two plain sockets change to splice while
/// bulk flows. One object per relayed connection, on one loop; nothing is allocated per message.
/// <para>
/// A side that is reset while it is held back is not read, so no read tells of it. What it sent before still goes out, as long as the other side takes
/// of it at least something every <see cref="CutPatience"/>; then both are reset.
/// </para>
/// </summary>
public sealed class Relay : LoopTimer
{
    /// <summary>After so many full buffers without a wait in between it is bulk, and worth a pipe (64 KiB).</summary>
    private const int FullBuffersBeforeSplice = 4;

    private readonly EventLoop _loop;
    private readonly ILoopDuplex _client;
    private readonly ILoopDuplex _upstream;
    private readonly RelayMeter? _meter;
    private readonly TimeSpan _idleTimeout;
    private long _lastActivity;
    private long _takenAtCut;
    private RelayEnd? _cut;
    private RelayEnd? _end;

    public Relay(EventLoop loop, ILoopDuplex client, ILoopDuplex upstream, TimeSpan idleTimeout, RelayMeter? meter = null)
    {
        _loop = loop;
        _client = client;
        _upstream = upstream;
        _idleTimeout = idleTimeout;
        _meter = meter;
    }

    public long BytesToUpstream { get; private set; }

    public long BytesToClient { get; private set; }

    /// <summary>How often bulk in one direction changed to a kernel pipe.</summary>
    public int Splices { get; private set; }

    /// <summary>How long a side that is still there may take nothing of what one that was cut has sent.</summary>
    internal TimeSpan CutPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Why a side failed, when one did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Grows while either side takes anything.</summary>
    private long Taken => BytesToUpstream + BytesToClient + _client.Output.Taken + _upstream.Output.Taken;

    /// <summary>Runs until both halves have ended or one side failed, and leaves both ends completed.</summary>
    public async ValueTask<RelayEnd> RunAsync()
    {
        _lastActivity = _loop.NowMilliseconds;
        if (_idleTimeout > TimeSpan.Zero)
        {
            _loop.Arm(this, _idleTimeout);
        }

        _client.HungUp = OnClientHungUp;
        _upstream.HungUp = OnUpstreamHungUp;
        OnClientHungUp();
        OnUpstreamHungUp();
        try
        {
            var forth = PumpAsync(_client.Input, _upstream.Output, RelayDirection.ToUpstream);
            var back = PumpAsync(_upstream.Input, _client.Output, RelayDirection.ToClient);
            await forth;
            await back;
        }
        finally
        {
            _client.HungUp = null;
            _upstream.HungUp = null;
            _loop.Disarm(this);
        }

        return _end ?? RelayEnd.Completed;
    }

    /// <summary>Ends both sides with a reset, so that neither takes the cut stream for a whole one. On the loop.</summary>
    public void Abort(ConnectionAbortedException reason) => Break(RelayEnd.Aborted, reason);

    protected internal override void OnExpired()
    {
        if (_cut is { } cut)
        {
            if (Taken == _takenAtCut)
            {
                Break(cut, new ConnectionResetException("the connection was reset, and the other side does not take what came before"));
                return;
            }

            AwaitTaking();
            return;
        }

        // Armed once and checked late: a message costs one store, not a timer operation.
        var idle = TimeSpan.FromMilliseconds(_loop.NowMilliseconds - _lastActivity);
        if (idle < _idleTimeout)
        {
            _loop.Arm(this, _idleTimeout - idle);
        }
        else
        {
            Break(RelayEnd.IdleTimeout, new ConnectionAbortedException($"idle for {_idleTimeout}"));
        }
    }

    private void OnClientHungUp() => OnHungUp(_client, RelayEnd.ClientFailed);

    private void OnUpstreamHungUp() => OnHungUp(_upstream, RelayEnd.UpstreamFailed);

    private void OnHungUp(ILoopDuplex side, RelayEnd end)
    {
        // Two orderly ends are a hang-up as well; what came before them may take as long as any other bytes.
        if (side.WasCut && _cut is null && _end is null)
        {
            _cut = end;
            AwaitTaking();
        }
    }

    private void AwaitTaking()
    {
        _takenAtCut = Taken;
        _loop.Arm(this, _idleTimeout > TimeSpan.Zero && _idleTimeout < CutPatience ? _idleTimeout : CutPatience);
    }

    private async Task PumpAsync(LoopPipeReader source, LoopPipeWriter target, RelayDirection direction)
    {
        var (sourceFails, targetFails) = direction == RelayDirection.ToUpstream
            ? (RelayEnd.ClientFailed, RelayEnd.UpstreamFailed)
            : (RelayEnd.UpstreamFailed, RelayEnd.ClientFailed);
        var canSplice = source is SocketPipeReader { CanSplice: true } && target is SocketPipeWriter { CanSplice: true };
        var fullBuffers = 0;
        try
        {
            while (true)
            {
                var reading = source.ReadAsync();
                if (!reading.IsCompleted)
                {
                    // It has to wait for the next: however large the messages are, a pipe would be made for every one of them.
                    fullBuffers = 0;
                }

                // One buffer at a time, so that nothing of what was read lives in this frame over a wait: an idle connection holds two of them.
                var read = await reading;
                var length = read.Buffer.First.Length;
                var isLast = read.IsCompleted && read.Buffer.IsSingleSegment;
                if (length > 0)
                {
                    Account(direction, length);
                    var flushed = await target.WriteAsync(read.Buffer.First);
                    if (flushed.IsCompleted)
                    {
                        // At once: what was read may have been given back in the meantime.
                        Break(targetFails, target.Failure);
                        return;
                    }

                    source.Advance(length);
                    fullBuffers = length >= Buffers.PooledBuffer.PayloadSize ? fullBuffers + 1 : 0;
                }

                if (isLast)
                {
                    break;
                }

                if (canSplice && fullBuffers >= FullBuffersBeforeSplice && source.Buffered == 0)
                {
                    fullBuffers = 0;
                    Splices++;
                    if (await SplicePump.RunAsync((SocketPipeReader)source, (SocketPipeWriter)target, this, direction) is { } failure)
                    {
                        Break(failure.OfTarget ? targetFails : sourceFails, failure.Exception);
                        return;
                    }
                }
            }

            await target.CompleteAsync();
            if (target.Failure is { } failed)
            {
                Break(targetFails, failed);
                return;
            }

            await source.CompleteAsync();
        }
        catch (Exception) when (_end is not null)
        {
            // The other direction ended it all meanwhile and says why; that a completed end is still touched here is its consequence.
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            Break(sourceFails, exception);
        }
        catch (Exception exception)
        {
            Break(RelayEnd.Aborted, exception);
            throw;
        }
    }

    internal void Account(RelayDirection direction, int bytes)
    {
        _lastActivity = _loop.NowMilliseconds;
        if (direction == RelayDirection.ToUpstream)
        {
            BytesToUpstream += bytes;
        }
        else
        {
            BytesToClient += bytes;
        }

        _meter?.OnForwarded(direction, bytes);
    }

    private void Break(RelayEnd end, Exception? failure)
    {
        if (_end is not null)
        {
            return;
        }

        _end = end;
        Failure = failure;
        failure ??= new ConnectionAbortedException("the other side is gone");

        // The outputs first: that resets what they stand on, and so wakes whoever waits for either end.
        _client.Output.Complete(failure);
        _upstream.Output.Complete(failure);
        _client.Input.Complete(failure);
        _upstream.Input.Complete(failure);
    }
}
