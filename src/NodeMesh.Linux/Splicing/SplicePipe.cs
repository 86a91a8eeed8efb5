using System.Runtime.InteropServices;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Linux.Splicing;

/// <summary>
/// A kernel pipe through which bytes go from socket to socket without entering the process (splice(2)). One direction, one owner.
/// </summary>
public sealed unsafe class SplicePipe : IDisposable
{
    /// <summary>Asked of the kernel; an unprivileged process over its pipe quota keeps the default 64 KiB, which is as good.</summary>
    private const int WantedCapacity = 256 * 1024;

    private readonly int _readEnd;
    private int _writeEnd;

    private SplicePipe(int readEnd, int writeEnd)
    {
        _readEnd = readEnd;
        _writeEnd = writeEnd;
    }

    /// <summary>Bytes that are in the pipe now.</summary>
    public int Buffered { get; private set; }

    /// <summary>Makes a pipe, or null when descriptors ran out: the caller then goes on copying.</summary>
    public static SplicePipe? TryCreate()
    {
        var ends = stackalloc int[2];
        if (LibC.pipe2(ends, LibC.O_CLOEXEC | LibC.O_NONBLOCK) != 0)
        {
            return null;
        }

        _ = LibC.fcntl(ends[1], LibC.F_SETPIPE_SZ, WantedCapacity);
        return new SplicePipe(ends[0], ends[1]);
    }

    /// <summary>Moves bytes from a socket into the pipe: the count, 0 at end of stream, or the negated error number.</summary>
    public int Fill(SocketDescriptor source)
    {
        var moved = Splice(source.Value, _writeEnd, WantedCapacity, LibC.SPLICE_F_MOVE | LibC.SPLICE_F_NONBLOCK);
        Buffered += Math.Max(moved, 0);
        return moved;
    }

    /// <summary>Moves what is in the pipe to a socket: the count, or the negated error number.</summary>
    public int Drain(SocketDescriptor target)
    {
        var moved = Splice(_readEnd, target.Value, Buffered, LibC.SPLICE_F_MOVE | LibC.SPLICE_F_NONBLOCK);
        Buffered -= Math.Max(moved, 0);
        return moved;
    }

    public void Dispose()
    {
        if (_writeEnd >= 0)
        {
            _ = LibC.close(_readEnd);
            _ = LibC.close(_writeEnd);
            _writeEnd = -1;
        }
    }

    private static int Splice(int from, int to, int length, uint flags)
    {
        nint moved;
        do
        {
            moved = LibC.splice(from, null, to, null, (nuint)length, flags);
        }
        while (moved < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
        return moved >= 0 ? (int)moved : -Marshal.GetLastPInvokeError();
    }
}
