using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Diagnostics;

/// <summary>
/// A netlink socket that speaks with the kernel alone, request by request. Not thread-safe; an exchange neither blocks nor allocates, since the
/// kernel answers inside send().
/// </summary>
internal sealed class NetlinkSocket : IDisposable
{
    // Only answers to requests that failed half-way can be left over, at most one each.
    private const int MaxStaleAnswers = 64;

    private readonly SafeFileHandle _socket;

    private NetlinkSocket(SafeFileHandle socket) => _socket = socket;

    private int Descriptor => (int)_socket.DangerousGetHandle();

    /// <exception cref="Win32Exception">The kernel has no such netlink protocol, or refuses the socket.</exception>
    public static unsafe NetlinkSocket Open(int protocol, string name)
    {
        var socket = new SafeFileHandle(LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, protocol), ownsHandle: true);
        if (socket.IsInvalid)
        {
            throw Failure($"cannot open a {name} socket", socket);
        }

        // Connected to the kernel (port 0), the socket takes datagrams from nobody else.
        var opened = new NetlinkSocket(socket);
        var kernel = new NetlinkInterop.NetlinkAddress { Family = LibC.AF_NETLINK };
        return LibC.connect(opened.Descriptor, (byte*)&kernel, (uint)sizeof(NetlinkInterop.NetlinkAddress)) == 0
            ? opened
            : throw Failure($"cannot connect a {name} socket to the kernel", socket);
    }

    /// <summary>
    /// Sends the request at the front of <paramref name="buffer"/> and takes the datagram that answers it, or is not netlink at all, into the same
    /// buffer. Returns its length, or the negated error number (EMSGSIZE when it does not fit).
    /// </summary>
    public int Exchange(Span<byte> buffer, int requestLength, uint sequence)
    {
        var sent = Send(buffer[..requestLength]);
        if (sent < 0)
        {
            return sent;
        }

        for (var stale = 0; stale < MaxStaleAnswers; stale++)
        {
            var received = Receive(buffer);
            if (received < 0 || NetlinkMessage.Find(buffer[..received], sequence, out _, out _, out _) != SocketAnswer.Stale)
            {
                return received;
            }
        }

        return -Errno.ENOBUFS;
    }

    public void Dispose() => _socket.Dispose();

    private unsafe int Send(ReadOnlySpan<byte> request)
    {
        fixed (byte* start = request)
        {
            while (LibC.send(Descriptor, start, (nuint)request.Length, LibC.MSG_DONTWAIT) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return -errno;
                }
            }
        }

        return 0;
    }

    private unsafe int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var received = LibC.recv(Descriptor, start, (nuint)buffer.Length, LibC.MSG_DONTWAIT | LibC.MSG_TRUNC);
                if (received >= 0)
                {
                    return received <= buffer.Length ? (int)received : -Errno.EMSGSIZE;
                }

                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return -errno;
                }
            }
        }
    }

    private static Win32Exception Failure(string message, SafeFileHandle handle)
    {
        var errno = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return new Win32Exception(errno, $"{message}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }
}
