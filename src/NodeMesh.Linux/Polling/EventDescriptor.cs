using System.Runtime.InteropServices;

namespace NodeMesh.Linux.Polling;

/// <summary>An eventfd: any thread may signal it, the owner drains it. It stays readable from a signal until the next drain.</summary>
public sealed unsafe class EventDescriptor : IDisposable
{
    private int _fd;

    public EventDescriptor()
    {
        _fd = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
        if (_fd < 0)
        {
            throw new LinuxException("eventfd", Marshal.GetLastPInvokeError());
        }
    }

    public int Descriptor => _fd;

    public void Signal()
    {
        ulong one = 1;

        // EAGAIN means the counter is full, which is signalled enough.
        if (LibC.write(_fd, (byte*)&one, sizeof(ulong)) < 0 && Marshal.GetLastPInvokeError() is not (Errno.EAGAIN or Errno.EINTR))
        {
            throw new LinuxException("write to eventfd", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Takes the signals in; false when there was none.</summary>
    public bool Drain()
    {
        ulong count;
        return LibC.read(_fd, (byte*)&count, sizeof(ulong)) > 0;
    }

    public void Dispose()
    {
        if (_fd >= 0)
        {
            _ = LibC.close(_fd);
            _fd = -1;
        }
    }
}
