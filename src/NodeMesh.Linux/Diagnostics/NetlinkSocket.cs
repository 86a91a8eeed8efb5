using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NodeMesh.Linux.Diagnostics;

/// <summary>
/// A netlink socket that speaks with the kernel alone, request by request. Not thread-safe; sending and receiving neither block nor allocate.
/// </summary>
internal sealed class NetlinkSocket : IDisposable
{
    private readonly SafeFileHandle _socket;

    private NetlinkSocket(SafeFileHandle socket) => _socket = socket;

    /// <exception cref="Win32Exception">The kernel has no such netlink protocol, or refuses the socket.</exception>
    public static unsafe NetlinkSocket Open(int protocol, string name)
    {
        var socket = NetlinkInterop.Socket(NetlinkInterop.AF_NETLINK, NetlinkInterop.SOCK_RAW | NetlinkInterop.SOCK_CLOEXEC, protocol);
        if (socket.IsInvalid)
        {
            throw Failure($"cannot open a {name} socket", socket);
        }

        // Connected to the kernel (port 0), the socket takes datagrams from nobody else.
        var kernel = new NetlinkInterop.NetlinkAddress { Family = NetlinkInterop.AF_NETLINK };
        return NetlinkInterop.Connect(socket, &kernel, (uint)sizeof(NetlinkInterop.NetlinkAddress)) == 0
            ? new NetlinkSocket(socket)
            : throw Failure($"cannot connect a {name} socket to the kernel", socket);
    }

    /// <summary>Sends one request, which the kernel answers before this returns: 0, or the negated error number.</summary>
    public unsafe int Send(ReadOnlySpan<byte> request)
    {
        fixed (byte* start = request)
        {
            while (NetlinkInterop.Send(_socket, start, (nuint)request.Length, NetlinkInterop.MSG_DONTWAIT) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != NetlinkInterop.EINTR)
                {
                    return -errno;
                }
            }
        }

        return 0;
    }

    /// <summary>Takes one answer: its length, or the negated error number (EMSGSIZE when it does not fit).</summary>
    public unsafe int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var received = NetlinkInterop.Receive(_socket, start, (nuint)buffer.Length, NetlinkInterop.MSG_DONTWAIT | NetlinkInterop.MSG_TRUNC);
                if (received >= 0)
                {
                    return received <= buffer.Length ? (int)received : -NetlinkInterop.EMSGSIZE;
                }

                var errno = Marshal.GetLastPInvokeError();
                if (errno != NetlinkInterop.EINTR)
                {
                    return -errno;
                }
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private static Win32Exception Failure(string message, SafeFileHandle handle)
    {
        var errno = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return new Win32Exception(errno, $"{message}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }
}
