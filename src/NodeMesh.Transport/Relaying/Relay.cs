using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Transport.Relaying;

/// <summary>
/// Carries bytes between two ends of whatever kind (socket, TLS, mesh stream) until both halves have ended. Each half ends on its own: an end
/// of stream on one side ends the other side's input and leaves the way back open. Two plain sockets change to splice while
/// bulk flows. One object per relayed connection, on one loop; nothing is allocated per message.
/// </summary>
public sealed class Relay : LoopTimer
{
    /// <summary>After so many full buffers without a wait in between it is bulk, and worth a pipe (64 KiB).</summary>
    private const int FullBuffersBeforeSplice = 4;

    private readonly EventLoop _loop;
    private readonly IDuplexPipe _client;
    private readonly IDuplexPipe _upstream;
    private readonly RelayMeter? _meter;
    private readonly TimeSpan _idleTimeout;
    private long _lastActivity;
    private RelayEnd? _end;

    public Relay(EventLoop loop, IDuplexPipe client, IDuplexPipe upstream, TimeSpan idleTimeout, RelayMeter? meter = null)
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

    /// <summary>Why a side failed, when one did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Runs until both halves have ended or one side failed, and leaves both ends completed.</summary>
    public async ValueTask<RelayEnd> RunAsync()
    {
        _lastActivity = _loop.NowMilliseconds;
        if (_idleTimeout > TimeSpan.Zero)
        {
            _loop.Arm(this, _idleTimeout);
        }

        try
        {
            var forth = PumpAsync(_client.Input, _upstream.Output, RelayDirection.ToUpstream);
            var back = PumpAsync(_upstream.Input, _client.Output, RelayDirection.ToClient);
            await forth;
            await back;
        }
        finally
        {
            _loop.Disarm(this);
        }

        return _end ?? RelayEnd.Completed;
    }

    /// <summary>Ends both sides with a reset, so that neither takes the cut stream for a whole one. On the loop.</summary>
    public void Abort(ConnectionAbortedException reason) => Break(RelayEnd.Aborted, reason);

    protected internal override void OnExpired()
    {
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

    private async Task PumpAsync(PipeReader source, PipeWriter target, RelayDirection direction)
    {
        var sourceFails = direction == RelayDirection.ToUpstream ? RelayEnd.ClientFailed : RelayEnd.UpstreamFailed;
        var targetFails = direction == RelayDirection.ToUpstream ? RelayEnd.UpstreamFailed : RelayEnd.ClientFailed;
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

                var read = await reading;
                var buffer = read.Buffer;
                if (!buffer.IsEmpty)
                {
                    var length = (int)buffer.Length;
                    Account(direction, length);
                    foreach (var piece in buffer)
                    {
                        var flushed = await target.WriteAsync(piece);
                        if (flushed.IsCompleted)
                        {
                            // At once: what was read may have been given back in the meantime.
                            Break(targetFails, (target as LoopPipeWriter)?.Failure);
                            return;
                        }
                    }

                    source.AdvanceTo(buffer.End);

                    fullBuffers = length >= Buffers.PooledBuffer.Size ? fullBuffers + 1 : 0;
                }

                if (read.IsCompleted)
                {
                    break;
                }

                if (canSplice && fullBuffers >= FullBuffersBeforeSplice)
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
            if (target is LoopPipeWriter { Failure: { } failed })
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
