namespace NodeMesh.Transport.Buffers;

/// <summary>Bytes that wait, in pooled buffers of one loop: appended at one end, taken from the other. Holds no buffer while empty. Loop thread only.</summary>
public struct BufferChain
{
    private PooledBuffer? _head;
    private PooledBuffer? _tail;

    /// <summary>Bytes that wait.</summary>
    public int Length { get; private set; }

    public readonly bool IsEmpty => Length == 0;

    /// <summary>The first bytes, as many as lie together; empty only when all is.</summary>
    public readonly ReadOnlySpan<byte> First => _head is null ? default : _head.Unread;

    public void Append(BufferPool pool, ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_tail is null or { Free: 0 })
            {
                var next = pool.Rent();
                _tail?.Append(next);
                _head ??= next;
                _tail = next;
            }

            var count = Math.Min(_tail.Free, bytes.Length);
            bytes[..count].CopyTo(_tail.FreeSpan);
            _tail.Advance(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>Lets go of the first <paramref name="count"/> bytes.</summary>
    public void Take(BufferPool pool, int count)
    {
        Length -= count;
        while (_head is not null)
        {
            var part = Math.Min(count, _head.Length);
            _head.Start += part;
            count -= part;
            if (_head.Length > 0)
            {
                return;
            }

            var done = _head;
            _head = done.Following;
            if (_head is null)
            {
                _tail = null;
            }

            pool.Return(done);
        }
    }

    public void Clear(BufferPool pool) => Take(pool, Length);

    /// <summary>A copy of all of it behind what <paramref name="other"/> has.</summary>
    public readonly void CopyTo(BufferPool pool, ref BufferChain other)
    {
        for (var buffer = _head; buffer is not null; buffer = buffer.Following)
        {
            other.Append(pool, buffer.Unread);
        }
    }
}
