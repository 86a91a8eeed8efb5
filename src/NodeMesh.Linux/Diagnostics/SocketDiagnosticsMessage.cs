using System.Buffers.Binary;
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

    private const int InetDiagMessageLength = 72;
    private const ushort SOCK_DIAG_BY_FAMILY = 20;
    private const ushort INET_DIAG_CGROUP_ID = 21;
    private const byte IPPROTO_TCP = 6;

    public static void WriteRequest(Span<byte> destinationBytes, uint sequence, in IpEndpoint source, in IpEndpoint destination)
    {
        var request = destinationBytes[..RequestLength];
        NetlinkMessage.WriteHeader(request, SOCK_DIAG_BY_FAMILY, sequence);

        // A v4-mapped client sits in the IPv4 hash: AF_INET finds it as well as a plain IPv4 one.
        var v4 = source.IsIPv4 && destination.IsIPv4;
        var body = request[NetlinkMessage.HeaderLength..];
        body[0] = (byte)(v4 ? LibC.AF_INET : LibC.AF_INET6);
        body[1] = IPPROTO_TCP;
        NetlinkMessage.Write(body[4..], uint.MaxValue);
        BinaryPrimitives.WriteUInt16BigEndian(body[8..], source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(body[10..], destination.Port);
        WriteAddress(body[12..], source, v4);
        WriteAddress(body[28..], destination, v4);
        NetlinkMessage.Write(body[44..], source.ScopeId != 0 ? source.ScopeId : destination.ScopeId);
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
        var answer = NetlinkMessage.Find(datagram, sequence, out var type, out var payload, out errno);
        if (answer != SocketAnswer.Found)
        {
            return answer;
        }

        return type == SOCK_DIAG_BY_FAMILY ? ParseSocket(payload, source, destination, out owner) : SocketAnswer.Malformed;
    }

    /// <summary>Whether the answer to a look-up without a peer is a socket that listens.</summary>
    public static SocketAnswer ParseListener(ReadOnlySpan<byte> datagram, uint sequence, out int errno)
    {
        var answer = NetlinkMessage.Find(datagram, sequence, out var type, out var payload, out errno);
        if (answer != SocketAnswer.Found)
        {
            return answer;
        }

        return type != SOCK_DIAG_BY_FAMILY || payload.Length < InetDiagMessageLength ? SocketAnswer.Malformed
            : (TcpState)payload[1] == TcpState.Listen ? SocketAnswer.Found
            : SocketAnswer.NotFound;
    }

    private static SocketAnswer ParseSocket(ReadOnlySpan<byte> payload, in IpEndpoint source, in IpEndpoint destination, out SocketOwner owner)
    {
        owner = SocketOwner.Nobody;
        if (payload.Length < InetDiagMessageLength || payload[0] is not (LibC.AF_INET or LibC.AF_INET6))
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
        var uid = NetlinkMessage.Read<uint>(payload[64..]);
        var inode = NetlinkMessage.Read<uint>(payload[68..]);
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
    private static bool TryReadCgroupId(ReadOnlySpan<byte> bytes, out ulong cgroupId)
    {
        cgroupId = 0;
        var attributes = new NetlinkAttributes(bytes);
        while (attributes.MoveNext())
        {
            if (attributes.Type != INET_DIAG_CGROUP_ID)
            {
                continue;
            }

            if (attributes.Value.Length != sizeof(ulong))
            {
                return false;
            }

            cgroupId = NetlinkMessage.Read<ulong>(attributes.Value);
        }

        return !attributes.IsBroken;
    }

    private static bool IsEndpoint(ReadOnlySpan<byte> address, ReadOnlySpan<byte> port, byte family, in IpEndpoint expected)
    {
        var actual = family == LibC.AF_INET
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
}
