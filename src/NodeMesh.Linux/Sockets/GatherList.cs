using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NodeMesh.Linux.Sockets;

/// <summary>
/// The pieces of one gathered send (struct iovec), on the caller's stack. The memory behind them must be pinned, as the transport's
/// buffers are, until the send returns.
/// </summary>
public unsafe struct GatherList
{
    /// <summary>How many pieces fit: 16 buffers of 16 KiB are more than a socket takes at once.</summary>
    public const int Capacity = 16;

    private VectorArray _vectors;

    public int Count { get; private set; }

    public readonly bool IsFull => Count == Capacity;

    internal LibC.iovec* Vectors => (LibC.iovec*)Unsafe.AsPointer(ref _vectors);

    public void Add(ReadOnlySpan<byte> pinned)
    {
        if (IsFull)
        {
            throw new InvalidOperationException($"a gathered send takes {Capacity} pieces");
        }

        _vectors[Count++] = new LibC.iovec
        {
            iov_base = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(pinned)),
            iov_len = (nuint)pinned.Length,
        };
    }

    [InlineArray(Capacity)]
    private struct VectorArray
    {
        private LibC.iovec _first;
    }
}
