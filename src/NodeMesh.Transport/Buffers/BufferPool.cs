using System.Diagnostics;

namespace NodeMesh.Transport.Buffers;

/// <summary>
/// The buffers of one event loop: last in, first out, so that the next one rented is the one still in the cache. Only the loop's thread
/// rents and returns. Idle buffers beyond what the last period needed are given back to the garbage collector, so that memory falls
/// again after a burst.
/// </summary>
public sealed class BufferPool
{
    private readonly Stack<PooledBuffer> _idle = new();
    private int _fewestIdle;
    private int _rented;

    /// <summary>Buffers in use, for metrics; read from any thread.</summary>
    public int Rented => Volatile.Read(ref _rented);

    /// <summary>Buffers that wait for use, for metrics; read from any thread.</summary>
    public int Idle => _idle.Count;

    public PooledBuffer Rent()
    {
        _rented++;
        if (!_idle.TryPop(out var buffer))
        {
            return new PooledBuffer();
        }

        _fewestIdle = Math.Min(_fewestIdle, _idle.Count);
        buffer.BeginUse();
        return buffer;
    }

    public void Return(PooledBuffer buffer)
    {
        Debug.Assert(_rented > 0, "more buffers returned than rented");
        _rented--;
        buffer.EndUse();
        if (buffer.IsPoolable)
        {
            _idle.Push(buffer);
        }
    }

    /// <summary>A buffer of an unusual size, which is not kept. For a header block larger than <see cref="PooledBuffer.Size"/>.</summary>
    public PooledBuffer RentLarge(int size)
    {
        _rented++;
        return new PooledBuffer(size);
    }

    /// <summary>Called once per period by the loop: half of the buffers that nobody needed during it go.</summary>
    public void Trim()
    {
        for (var surplus = (_fewestIdle + 1) / 2; surplus > 0; surplus--)
        {
            _idle.Pop();
        }

        _fewestIdle = _idle.Count;
    }
}
