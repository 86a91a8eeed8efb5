using System.Runtime.InteropServices;

namespace NodeMesh.Linux.Diagnostics;

/// <summary>
/// The framing that all netlink families share (netlink(7)): writes a request's header and finds the answer to it. Headers are in the host's
/// byte order. Pure, so it can be fuzzed; every length is checked.
/// </summary>
internal static class NetlinkMessage
{
    /// <summary>struct nlmsghdr.</summary>
    public const int HeaderLength = 16;

    private const ushort NLMSG_NOOP = 1;
    private const ushort NLMSG_ERROR = 2;
    private const ushort NLM_F_REQUEST = 1;

    /// <summary>Clears <paramref name="request"/>, which is the whole message, and writes its header.</summary>
    public static void WriteHeader(Span<byte> request, ushort type, uint sequence)
    {
        request.Clear();
        Write(request, (uint)request.Length);
        Write(request[4..], type);
        Write(request[6..], NLM_F_REQUEST);
        Write(request[8..], sequence);
    }

    /// <summary>
    /// The first message of a datagram that answers the request with this sequence number: Found with its type and payload, or what the kernel's
    /// error says (<paramref name="errno"/> is positive for Error only); Stale when all of it answers other requests.
    /// </summary>
    public static SocketAnswer Find(ReadOnlySpan<byte> datagram, uint sequence, out ushort type, out ReadOnlySpan<byte> payload, out int errno)
    {
        type = 0;
        payload = default;
        errno = 0;
        if (datagram.IsEmpty)
        {
            return SocketAnswer.Malformed;
        }

        while (!datagram.IsEmpty)
        {
            if (datagram.Length < HeaderLength)
            {
                return SocketAnswer.Malformed;
            }

            var length = Read<uint>(datagram);
            if (length < HeaderLength || length > datagram.Length)
            {
                return SocketAnswer.Malformed;
            }

            type = Read<ushort>(datagram[4..]);
            if (Read<uint>(datagram[8..]) == sequence && type != NLMSG_NOOP)
            {
                payload = datagram[HeaderLength..(int)length];
                return type == NLMSG_ERROR ? ReadError(payload, out errno) : SocketAnswer.Found;
            }

            datagram = datagram[Math.Min(datagram.Length, Align((int)length))..];
        }

        return SocketAnswer.Stale;
    }

    /// <summary>Messages and attributes begin at multiples of four bytes.</summary>
    public static int Align(int length) => (length + 3) & ~3;

    public static T Read<T>(ReadOnlySpan<byte> bytes)
        where T : unmanaged => MemoryMarshal.Read<T>(bytes);

    public static void Write<T>(Span<byte> bytes, T value)
        where T : unmanaged => MemoryMarshal.Write(bytes, value);

    private static SocketAnswer ReadError(ReadOnlySpan<byte> payload, out int errno)
    {
        errno = 0;
        if (payload.Length < sizeof(int))
        {
            return SocketAnswer.Malformed;
        }

        // An acknowledgement (0) was not asked for, and errors are negative.
        var code = Read<int>(payload);
        if (code is >= 0 or int.MinValue)
        {
            return SocketAnswer.Malformed;
        }

        if (code == -Errno.ENOENT)
        {
            return SocketAnswer.NotFound;
        }

        errno = -code;
        return SocketAnswer.Error;
    }
}
