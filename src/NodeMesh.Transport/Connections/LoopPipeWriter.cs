using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Connections;

/// <summary>
/// A <see cref="PipeWriter"/> that lives on one loop. What is written through <see cref="GetMemory"/> is gathered and sent once, at the end of the
/// loop's turn, however often it was flushed; <see cref="WriteAsync"/> sends at once from the caller's memory and copies only what the
/// other side does not take. It holds no buffer while there is nothing to send. Single writer, loop thread only.
/// </summary>
public abstract class LoopPipeWriter : PipeWriter
{
    /// <summary>With more than this unsent, a flush waits: the bound on memory for a peer that reads slowly.</summary>
    public const int HighWater = 64 * 1024;

    private const int LowWater = 16 * 1024;

    // Made when first needed, as most writers never wait: an idle connection has two.
    private FlushWait? _wait;
    private FlushItem? _flush;
    private PooledBuffer? _head;
    private PooledBuffer? _tail;
    private bool _lent;
    private bool _cancelled;

    protected LoopPipeWriter(EventLoop loop) => Loop = loop;

    public EventLoop Loop { get; }

    /// <summary>Bytes written and not yet taken by the other side.</summary>
    public int Pending { get; private set; }

    /// <summary>Bytes that the other side has taken so far: while it does not grow and something is pending, nobody reads.</summary>
    public long Taken { get; private set; }

    /// <summary>Why nothing can be written any more.</summary>
    public Exception? Failure { get; private set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => Pending;

    protected bool IsCompleted { get; private set; }

    private FlushWait Waiting => _wait ??= new FlushWait(this);

    /// <summary>The first buffer that holds unsent bytes.</summary>
    protected PooledBuffer? Head => _head is { Length: 0 } ? null : _head;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (IsCompleted)
        {
            throw new InvalidOperationException("the writer was completed");
        }

        if (_tail is null || _tail.Free < Math.Max(sizeHint, 1))
        {
            var next = sizeHint > PooledBuffer.Size ? Loop.Buffers.RentLarge(sizeHint) : Loop.Buffers.Rent();
            if (_tail is null)
            {
                _head = next;
            }
            else
            {
                _tail.Append(next);
            }

            _tail = next;
        }

        // Whoever has it may write into it until the next call, over awaits too: it must not go back to the pool meanwhile.
        _lent = true;
        return _tail.FreeMemory;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        _tail!.Advance(bytes);
        Pending += bytes;
        _lent = false;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        _lent = false;
        if (Pending >= PooledBuffer.Size && Failure is null)
        {
            // At once, while it is in the processor's cache: to gather more would save calls and cost more than they do.
            FlushCore();
        }
        else if (Pending > 0 && Failure is null)
        {
            Loop.EnqueueFlush(_flush ??= new FlushItem(this));
        }
        else
        {
            ReleaseAll();
        }

        return Pending < HighWater || Failure is not null || _cancelled ? new ValueTask<FlushResult>(TakeResult()) : Waiting.Wait();
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        var rest = source.Span;
        if (Pending == 0 && Failure is null && !IsCompleted)
        {
            rest = rest[TrySend(rest)..];
        }

        if (rest.IsEmpty || Failure is not null)
        {
            return new ValueTask<FlushResult>(TakeResult());
        }

        Copy(rest);
        Loop.EnqueueFlush(_flush ??= new FlushItem(this));
        return Pending < HighWater ? new ValueTask<FlushResult>(TakeResult()) : Waiting.Wait();
    }

    public override void CancelPendingFlush()
    {
        _cancelled = true;
        _wait?.Wake();
    }

    /// <summary>Ends the stream once all is sent; with an exception at once, also when it was completed before.</summary>
    public override void Complete(Exception? exception = null)
    {
        _lent = false;
        if (Pending == 0 || Failure is not null)
        {
            ReleaseAll();
        }

        if (!IsCompleted || exception is not null)
        {
            IsCompleted = true;
            OnCompleted(exception);
        }
    }

    /// <summary>Completes, and ends when the other side has taken all or failed.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        Complete(exception);
        while (Pending > 0 && Failure is null)
        {
            await Waiting.Wait();
        }
    }

    /// <summary>Sends what it can of <paramref name="bytes"/> now; returns how many were taken, and asks for readiness when not all were.</summary>
    protected abstract int TrySend(ReadOnlySpan<byte> bytes);

    /// <summary>Sends what it can of the chain at <see cref="Head"/>, calling <see cref="Sent"/>.</summary>
    protected abstract void FlushCore();

    /// <summary>The writer will write no more; what is pending is still to be sent unless there is an exception.</summary>
    /// <remarks>Called once more when an exception comes after an end without one.</remarks>
    protected abstract void OnCompleted(Exception? exception);

    /// <summary>Takes note of bytes the other side took, from the chain's front.</summary>
    protected void Sent(int count)
    {
        Pending -= count;
        Taken += count;
        while (count > 0 || _head is { Length: 0 })
        {
            var part = Math.Min(count, _head!.Length);
            _head.Start += part;
            count -= part;
            if (_head.Length == 0)
            {
                if (_lent && ReferenceEquals(_head, _tail))
                {
                    break;
                }

                var done = _head;
                _head = done.Following;
                if (_head is null)
                {
                    _tail = null;
                }

                Loop.Buffers.Return(done);
            }
        }
    }

    /// <summary>A wait that ends with the next <see cref="WakeIfDrained"/> that finds little pending, or with the writer's failure.</summary>
    protected ValueTask<FlushResult> WaitDrainedAsync() => Failure is null ? Waiting.Wait() : new ValueTask<FlushResult>(TakeResult());

    /// <summary>Lets a waiting writer go on once little enough is pending.</summary>
    protected void WakeIfDrained()
    {
        if (Pending <= LowWater)
        {
            _wait?.Wake();
        }
    }

    /// <summary>Nothing can be sent any more: drops what is pending and lets a waiting writer see that the reader is gone.</summary>
    protected void Fail(Exception failure)
    {
        if (Failure is null)
        {
            Failure = failure;
            ReleaseAll();
            _wait?.Wake();
        }
    }

    protected void ReleaseAll() => Sent(Pending);

    private void Copy(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var room = GetSpan();
            var count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            Advance(count);
            bytes = bytes[count..];
        }
    }

    private FlushResult TakeResult()
    {
        var cancelled = _cancelled;
        _cancelled = false;
        return new FlushResult(cancelled, isCompleted: Failure is not null);
    }

    private sealed class FlushWait(LoopPipeWriter writer) : LoopAwaitable<FlushResult>
    {
        protected override FlushResult TakeResult() => writer.TakeResult();
    }

    private sealed class FlushItem(LoopPipeWriter writer) : LoopWorkItem
    {
        protected internal override void Execute()
        {
            if (writer.Pending > 0 && writer.Failure is null)
            {
                writer.FlushCore();
            }
        }
    }
}
