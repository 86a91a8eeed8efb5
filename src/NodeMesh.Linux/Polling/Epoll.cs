using System.Runtime.InteropServices;

namespace NodeMesh.Linux.Polling;

/// <summary>
/// One epoll instance and the array it reports into. Owned by one event loop: only <see cref="Add"/>, <see cref="Modify"/> and
/// <see cref="Remove"/> may be called while another thread waits.
/// </summary>
public sealed unsafe class Epoll : IDisposable
{
    // struct epoll_event is packed on x86-64 alone (sys/epoll.h): 12 bytes there, 16 with the data at 8 elsewhere.
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    private readonly int _fd;
    private readonly int _capacity;
    private byte* _events;

    public Epoll(int capacity)
    {
        _capacity = capacity;
        _fd = LibC.epoll_create1(LibC.EPOLL_CLOEXEC);
        if (_fd < 0)
        {
            throw new LinuxException("epoll_create1", Marshal.GetLastPInvokeError());
        }

        _events = (byte*)NativeMemory.AllocZeroed((nuint)(capacity * Stride));
    }

    public void Add(int fd, PollEvents events, ulong data) => Control(LibC.EPOLL_CTL_ADD, fd, events, data, "epoll_ctl ADD");

    public void Modify(int fd, PollEvents events, ulong data) => Control(LibC.EPOLL_CTL_MOD, fd, events, data, "epoll_ctl MOD");

    public void Remove(int fd) => Control(LibC.EPOLL_CTL_DEL, fd, PollEvents.None, 0, "epoll_ctl DEL");

    /// <summary>Waits for readiness; returns how many entries <see cref="Get"/> may be asked for. 0 after a timeout or a signal.</summary>
    /// <param name="milliseconds">-1 waits for ever, 0 does not wait.</param>
    public int Wait(int milliseconds)
    {
        var count = LibC.epoll_wait(_fd, _events, _capacity, milliseconds);
        if (count >= 0)
        {
            return count;
        }

        var errno = Marshal.GetLastPInvokeError();
        return errno == Errno.EINTR ? 0 : throw new LinuxException("epoll_wait", errno);
    }

    public PollEvents Get(int index, out ulong data)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_capacity, nameof(index));
        var entry = _events + (index * Stride);
        data = *(ulong*)(entry + DataOffset);
        return *(PollEvents*)entry;
    }

    public void Dispose()
    {
        if (_events is not null)
        {
            NativeMemory.Free(_events);
            _events = null;
            _ = LibC.close(_fd);
        }
    }

    private void Control(int operation, int fd, PollEvents events, ulong data, string name)
    {
        var entry = stackalloc byte[16];
        *(PollEvents*)entry = events;
        *(ulong*)(entry + DataOffset) = data;
        if (LibC.epoll_ctl(_fd, operation, fd, entry) != 0)
        {
            throw new LinuxException(name, Marshal.GetLastPInvokeError());
        }
    }
}
