using System.Buffers;
using System.Diagnostics;

namespace NodeMesh.Transport.Buffers;

/// <summary>
/// One pinned buffer, which is at the same time a piece of a <see cref="ReadOnlySequence{T}"/>: bytes are received into it and handed to the
/// protocol code without a copy or another object. Owned by whoever rented it, on the pool's loop.
/// </summary>
public sealed class PooledBuffer : ReadOnlySequenceSegment<byte>
{
    /// <summary>One TLS record's worth of plaintext (RFC 8446 section 5.1), so that a full buffer is one record.</summary>
    public const int Size = 16 * 1024;

    /// <summary>
    /// As many bytes as fit beside the header of the frame that carries them over a link (9 bytes, RFC 9113 section 4.1). A plain socket is read in
    /// pieces of this, so that one receive is one frame is one TLS record.
    /// </summary>
    public const int PayloadSize = Size - 9;

    private readonly byte[] _array;
    private bool _inUse;

    internal PooledBuffer(int size = Size)
    {
        _array = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        Memory = _array;
        _inUse = true;
    }

    /// <summary>Where unread bytes begin.</summary>
    public int Start { get; set; }

    /// <summary>Where written bytes end.</summary>
    public int End { get; private set; }

    public int Length => End - Start;

    public int Free => _array.Length - End;

    public Memory<byte> FreeMemory => _array.AsMemory(End);

    public Span<byte> FreeSpan => _array.AsSpan(End);

    public ReadOnlySpan<byte> Unread => _array.AsSpan(Start, End - Start);

    public ReadOnlyMemory<byte> UnreadMemory => _array.AsMemory(Start, End - Start);

    /// <summary>The next buffer of the same chain.</summary>
    public PooledBuffer? Following => (PooledBuffer?)Next;

    internal bool IsPoolable => _array.Length == Size;

    public void Advance(int written)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)written, (uint)Free, nameof(written));
        End += written;
    }

    /// <summary>Chains <paramref name="next"/> behind this one, which takes no more bytes from then on.</summary>
    public void Append(PooledBuffer next)
    {
        Memory = _array.AsMemory(0, End);
        next.RunningIndex = RunningIndex + End;
        Next = next;
    }

    internal void BeginUse()
    {
        Debug.Assert(!_inUse, "a buffer was rented twice");
        _inUse = true;
    }

    internal void EndUse()
    {
        Debug.Assert(_inUse, "a buffer was returned twice");
        _inUse = false;
        Start = 0;
        End = 0;
        Next = null;
        RunningIndex = 0;
        Memory = _array;
    }
}
