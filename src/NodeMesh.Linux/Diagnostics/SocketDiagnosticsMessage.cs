using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Linux.Diagnostics;

/// <summary>
/// The bytes of an exact sock_diag look-up (sock_diag(7), linux/inet_diag.h): writes the request, reads the answer. Pure, so it can be
/// fuzzed; every length is checked, and an answer counts only when sequence number and tuple are those that were asked for.
/// </summary>
internal static class SocketDiagnosticsMessage
{
    /// <summary>nlmsghdr (16) and inet_diag_req_v2 (56).</summary>
    public const int RequestLength = 72;

    private const int HeaderLength = 16;
    private const int InetDiagMessageLength = 72;
    private const ushort NLMSG_NOOP = 1;
    private const ushort NLMSG_ERROR = 2;
    private const ushort SOCK_DIAG_BY_FAMILY = 20;
    private const ushort NLM_F_REQUEST = 1;
    private const ushort INET_DIAG_CGROUP_ID = 21;
    private const ushort NLA_TYPE_MASK = 0x3fff;
    private const byte AF_INET = 2;
    private const byte AF_INET6 = 10;
    private const byte IPPROTO_TCP = 6;
    private const int ENOENT = 2;

    public static void WriteRequest(Span<byte> destinationBytes, uint sequence, in IpEndpoint source, in IpEndpoint destination)
    {
        var request = destinationBytes[..RequestLength];
        request.Clear();
        WriteNative(request, (uint)RequestLength);
        WriteNative(request[4..], SOCK_DIAG_BY_FAMILY);
        WriteNative(request[6..], NLM_F_REQUEST);
        WriteNative(request[8..], sequence);

        // A v4-mapped client sits in the IPv4 hash: AF_INET finds it as well as a plain IPv4 one.
        var v4 = source.IsIPv4 && destination.IsIPv4;
        var body = request[HeaderLength..];
        body[0] = v4 ? AF_INET : AF_INET6;
        body[1] = IPPROTO_TCP;
        WriteNative(body[4..], uint.MaxValue);
        BinaryPrimitives.WriteUInt16BigEndian(body[8..], source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(body[10..], destination.Port);
        WriteAddress(body[12..], source, v4);
        WriteAddress(body[28..], destination, v4);
        WriteNative(body[44..], source.ScopeId != 0 ? source.ScopeId : destination.ScopeId);
        body[48..56].Fill(0xff);
    }

    /// <summary>
    /// Reads one datagram. <paramref name="owner"/> is <see cref="SocketOwner.Nobody"/> unless Found, or Unknown with a cgroup;
    /// <paramref name="errno"/> is positive for Error only.
    /// </summary>
    public static SocketAnswer Parse(
        ReadOnlySpan<byte> datagram, uint sequence, in IpEndpoint source, in IpEndpoint destination, out SocketOwner owner, out int errno)
    {
        owner = SocketOwner.Nobody;
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

            var length = ReadNative<uint>(datagram);
            if (length < HeaderLength || length > datagram.Length)
            {
                return SocketAnswer.Malformed;
            }

            var type = ReadNative<ushort>(datagram[4..]);
            if (ReadNative<uint>(datagram[8..]) == sequence && type != NLMSG_NOOP)
            {
                var payload = datagram[HeaderLength..(int)length];
                return type switch
                {
                    NLMSG_ERROR => ParseError(payload, out errno),
                    SOCK_DIAG_BY_FAMILY => ParseSocket(payload, source, destination, out owner),
                    _ => SocketAnswer.Malformed,
                };
            }

            datagram = datagram[Math.Min(datagram.Length, Align((int)length))..];
        }

        return SocketAnswer.Stale;
    }

    private static SocketAnswer ParseError(ReadOnlySpan<byte> payload, out int errno)
    {
        errno = 0;
        if (payload.Length < sizeof(int))
        {
            return SocketAnswer.Malformed;
        }

        // An acknowledgement (0) was not asked for, and errors are negative.
        var code = ReadNative<int>(payload);
        if (code is >= 0 or int.MinValue)
        {
            return SocketAnswer.Malformed;
        }

        if (code == -ENOENT)
        {
            return SocketAnswer.NotFound;
        }

        errno = -code;
        return SocketAnswer.Error;
    }

    private static SocketAnswer ParseSocket(ReadOnlySpan<byte> payload, in IpEndpoint source, in IpEndpoint destination, out SocketOwner owner)
    {
        owner = SocketOwner.Nobody;
        if (payload.Length < InetDiagMessageLength || payload[0] is not (AF_INET or AF_INET6))
        {
            return SocketAnswer.Malformed;
        }

        // A missing tuple falls through to a listener on the same port, whose owner is somebody else.
        var state = (TcpState)payload[1];
        if (state == TcpState.Listen
            || !IsEndpoint(payload[8..], payload[4..], payload[0], source)
            || !IsEndpoint(payload[24..], payload[6..], payload[0], destination))
        {
            return SocketAnswer.NotFound;
        }

        if (!TryReadCgroupId(payload[InetDiagMessageLength..], out var cgroupId))
        {
            return SocketAnswer.Malformed;
        }

        // Without an inode no process holds the socket, and the uid of 0 that comes with it means "none", not root.
        var uid = ReadNative<uint>(payload[64..]);
        var inode = ReadNative<uint>(payload[68..]);
        var live = state is TcpState.Established or TcpState.SynSent or TcpState.FinWait1 or TcpState.FinWait2
            or TcpState.CloseWait or TcpState.LastAck or TcpState.Closing;
        if (!live || inode == 0 || cgroupId == 0 || uid == SocketOwner.NoUid)
        {
            owner = new SocketOwner(SocketOwner.NoUid, 0, live ? cgroupId : 0, state);
            return SocketAnswer.Unknown;
        }

        owner = new SocketOwner(uid, inode, cgroupId, state);
        return SocketAnswer.Found;
    }

    /// <summary>Walks the attributes; false when one is malformed. The id stays 0 when the kernel sent none.</summary>
    private static bool TryReadCgroupId(ReadOnlySpan<byte> attributes, out ulong cgroupId)
    {
        cgroupId = 0;
        while (attributes.Length >= 4)
        {
            var length = ReadNative<ushort>(attributes);
            if (length < 4 || length > attributes.Length)
            {
                return false;
            }

            if ((ReadNative<ushort>(attributes[2..]) & NLA_TYPE_MASK) == INET_DIAG_CGROUP_ID)
            {
                if (length != 12)
                {
                    return false;
                }

                cgroupId = ReadNative<ulong>(attributes[4..]);
            }

            attributes = attributes[Math.Min(attributes.Length, Align(length))..];
        }

        return true;
    }

    private static bool IsEndpoint(ReadOnlySpan<byte> address, ReadOnlySpan<byte> port, byte family, in IpEndpoint expected)
    {
        var actual = family == AF_INET
            ? IpEndpoint.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(address), 0).Address
            : BinaryPrimitives.ReadUInt128BigEndian(address);
        return actual == expected.Address && BinaryPrimitives.ReadUInt16BigEndian(port) == expected.Port;
    }

    private static void WriteAddress(Span<byte> destination, in IpEndpoint endpoint, bool v4)
    {
        if (v4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)endpoint.Address);
        }
        else
        {
            BinaryPrimitives.WriteUInt128BigEndian(destination, endpoint.Address);
        }
    }

    private static int Align(int length) => (length + 3) & ~3;

    // Netlink headers are in the host's byte order; addresses and ports inside are in network order.
    private static T ReadNative<T>(ReadOnlySpan<byte> bytes)
        where T : unmanaged => MemoryMarshal.Read<T>(bytes);

    private static void WriteNative<T>(Span<byte> bytes, T value)
        where T : unmanaged => MemoryMarshal.Write(bytes, value);
}
