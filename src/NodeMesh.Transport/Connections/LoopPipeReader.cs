using System.Buffers;
using System.IO.Pipelines;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Connections;

/// <summary>
/// A <see cref="PipeReader"/> that lives on one loop and reads straight into pooled buffers: no pipe in between, no copy. It holds no buffer
/// while it waits. Where the bytes come from is the subclass's: a socket, a TLS session, a stream of a mesh link. Single reader, loop thread only.
/// </summary>
public abstract class LoopPipeReader : PipeReader
{
    /// <summary>Less room than this in the last buffer is not worth a system call.</summary>
    private const int LeastRoom = 1024;

    private readonly ReadWait _wait;
    private PooledBuffer? _head;
    private PooledBuffer? _tail;
    private bool _examinedAll = true;
    private bool _cancelled;
    private bool _ended;
    private Exception? _failure;

    protected LoopPipeReader(EventLoop loop)
    {
        Loop = loop;
        _wait = new ReadWait(this);
    }

    public EventLoop Loop { get; }

    /// <summary>Bytes received and not yet consumed.</summary>
    public long Buffered => _head is null ? 0 : _tail!.RunningIndex + _tail.End - _head.RunningIndex - _head.Start;

    /// <summary>True when the stream has ended, well or ill; what is buffered can still be read.</summary>
    public bool HasEnded => _ended;

    protected bool IsWaiting => _wait.IsWaiting;

    protected bool IsCompleted { get; private set; }

    /// <summary>Whether a wait would end at once.</summary>
    protected bool HasNews => _ended || _cancelled || (_head is not null && !_examinedAll);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        cancellationToken.ThrowIfCancellationRequested();
        if (HasNews || TryFill())
        {
            return new ValueTask<ReadResult>(TakeResult());
        }

        var wait = _wait.Wait();
        OnWaiting();
        return wait;
    }

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfCompleted();
        if (HasNews || TryFill())
        {
            result = TakeResult();
            return true;
        }

        result = default;
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (consumed.GetObject() is not PooledBuffer target || _head is null)
        {
            return;
        }

        var before = Buffered;
        _examinedAll = ReferenceEquals(examined.GetObject(), _tail) && examined.GetInteger() == _tail!.End;
        while (!ReferenceEquals(_head, target))
        {
            ReleaseHead();
            if (_head is null)
            {
                throw new InvalidOperationException("the consumed position is not in the buffer that was read");
            }
        }

        _head.Start = consumed.GetInteger();
        while (_head is { Length: 0 })
        {
            ReleaseHead();
        }

        var count = before - Buffered;
        if (count > 0)
        {
            OnConsumed(count);
        }
    }

    /// <summary>Consumes <paramref name="count"/> bytes of the first buffer that was read, and has looked at no more.</summary>
    internal void Advance(int count)
    {
        // Whoever completed the reader meanwhile has given back what was read.
        if (_head is null)
        {
            return;
        }

        _examinedAll = false;
        _head.Start += count;
        while (_head is { Length: 0 })
        {
            // Behind it may be one that was taken to receive into, and nothing came.
            ReleaseHead();
        }

        OnConsumed(count);
    }

    public override void CancelPendingRead()
    {
        _cancelled = true;
        _wait.Wake();
    }

    public override void Complete(Exception? exception = null)
    {
        if (!IsCompleted)
        {
            IsCompleted = true;
            ReleaseAll();
            OnCompleted(exception);
        }
    }

    /// <summary>Tries to receive more without waiting; true when there is something to tell the reader.</summary>
    protected abstract bool TryFill();

    /// <summary>The reader is about to wait: ask for readiness.</summary>
    protected virtual void OnWaiting()
    {
    }

    /// <summary>The reader is done with <paramref name="count"/> more bytes.</summary>
    protected virtual void OnConsumed(long count)
    {
    }

    protected abstract void OnCompleted(Exception? exception);

    /// <summary>Room to receive into; follow with <see cref="Received"/>.</summary>
    /// <param name="size">How far a buffer is filled.</param>
    protected Memory<byte> GetReceiveMemory(int size = PooledBuffer.Size)
    {
        if (_tail is null)
        {
            _head = _tail = Loop.Buffers.Rent();
        }
        else if (size - _tail.End < LeastRoom)
        {
            var next = Loop.Buffers.Rent();
            _tail.Append(next);
            _tail = next;
        }

        return _tail.FreeMemory[..(size - _tail.End)];
    }

    /// <summary>Takes note of received bytes; with 0 the buffer goes back if nothing is in it.</summary>
    protected void Received(int count)
    {
        if (count > 0)
        {
            _tail!.Advance(count);
            _examinedAll = false;
        }
        else if (_head is { Length: 0 })
        {
            ReleaseHead();
        }
    }

    /// <summary>Appends bytes that came with others, as frames of a shared link do.</summary>
    protected void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var room = GetReceiveMemory().Span;
            var count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            Received(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>The stream ended: well, or with the exception that the reader is to see after what is buffered.</summary>
    protected void End(Exception? failure)
    {
        if (!_ended)
        {
            _ended = true;
            _failure = failure;
        }
    }

    /// <summary>Lets a waiting reader go on.</summary>
    protected void Wake() => _wait.Wake();

    protected void ReleaseAll()
    {
        while (_head is not null)
        {
            ReleaseHead();
        }
    }

    private ReadResult TakeResult()
    {
        if (_failure is not null && (_head is null || _examinedAll))
        {
            throw _failure;
        }

        var cancelled = _cancelled;
        _cancelled = false;
        var sequence = _head is null
            ? ReadOnlySequence<byte>.Empty
            : new ReadOnlySequence<byte>(_head, _head.Start, _tail!, _tail!.End);
        return new ReadResult(sequence, cancelled, _ended && _failure is null);
    }

    private void ReleaseHead()
    {
        var released = _head!;
        _head = released.Following;
        if (_head is null)
        {
            _tail = null;
        }

        Loop.Buffers.Return(released);
    }

    private void ThrowIfCompleted()
    {
        if (IsCompleted)
        {
            throw new InvalidOperationException("the reader was completed");
        }
    }

    private sealed class ReadWait(LoopPipeReader reader) : LoopAwaitable<ReadResult>
    {
        protected override ReadResult TakeResult() => reader.TakeResult();
    }
}
