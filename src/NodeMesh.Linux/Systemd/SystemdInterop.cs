using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NodeMesh.Linux.Systemd;

/// <summary>The libc calls that systemd's protocols need. Names and values are those of the C headers.</summary>
internal static unsafe partial class SystemdInterop
{
    public const int CLOCK_MONOTONIC = 1;

    private const int SCM_RIGHTS = 1;

    /// <summary>Microseconds of CLOCK_MONOTONIC, the clock that systemd compares with.</summary>
    public static ulong MonotonicMicroseconds()
    {
        Timespec now;
        return GetTime(CLOCK_MONOTONIC, &now) == 0
            ? ((ulong)now.Seconds * 1_000_000) + ((ulong)now.Nanoseconds / 1000)
            : throw new InvalidOperationException("CLOCK_MONOTONIC cannot be read");
    }

    /// <summary>Sends a datagram with a descriptor beside it (SCM_RIGHTS, unix(7)).</summary>
    public static SocketError SendWithDescriptor(SafeHandle socket, SocketAddress target, byte[] bytes, int descriptor)
    {
        var rights = new Rights { Length = (nuint)sizeof(Rights) - sizeof(int), Level = LibC.SOL_SOCKET, Type = SCM_RIGHTS, Descriptor = descriptor };
        fixed (byte* address = target.Buffer.Span)
        fixed (byte* start = bytes)
        {
            var piece = new LibC.iovec { iov_base = start, iov_len = (nuint)bytes.Length };
            var message = new LibC.msghdr
            {
                msg_name = address,
                msg_namelen = (uint)target.Size,
                msg_iov = &piece,
                msg_iovlen = 1,
                msg_control = &rights,
                msg_controllen = (nuint)sizeof(Rights),
            };
            var sent = SendMessage(socket, &message, LibC.MSG_NOSIGNAL);
            return sent == bytes.Length ? SocketError.Success : (SocketError)new SocketException(Marshal.GetLastPInvokeError()).ErrorCode;
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeHandle socket, LibC.msghdr* message, int flags);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, Timespec* time);

    /// <summary>struct cmsghdr of 64-bit Linux with one descriptor behind it, padded to its alignment.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Rights
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;
        public int Padding;
    }

    /// <summary>struct timespec of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
