using System.Buffers.Binary;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Linux.Diagnostics;

/// <summary>
/// The bytes of a ctnetlink look-up by reply tuple (linux/netfilter/nfnetlink_conntrack.h): writes the request, reads the answer. Pure, so it
/// can be fuzzed; every length is checked.
/// </summary>
internal static class ConnectionTrackingMessage
{
    private const int FamilyHeaderLength = 4;
    private const ushort IPCTNL_MSG_CT_NEW = 1 << 8;
    private const ushort IPCTNL_MSG_CT_GET = (1 << 8) | 1;
    private const ushort CTA_TUPLE_ORIG = 1;
    private const ushort CTA_TUPLE_REPLY = 2;
    private const ushort CTA_TUPLE_IP = 1;
    private const ushort CTA_TUPLE_PROTO = 2;
    private const ushort CTA_IP_V4_SRC = 1;
    private const ushort CTA_IP_V4_DST = 2;
    private const ushort CTA_IP_V6_SRC = 3;
    private const ushort CTA_IP_V6_DST = 4;
    private const ushort CTA_PROTO_NUM = 1;
    private const ushort CTA_PROTO_SRC_PORT = 2;
    private const ushort CTA_PROTO_DST_PORT = 3;
    private const byte IPPROTO_TCP = 6;

    /// <summary>Asks for the connection whose replies go from <paramref name="local"/> to <paramref name="peer"/>; returns the length.</summary>
    public static int WriteRequest(Span<byte> buffer, uint sequence, in IpEndpoint local, in IpEndpoint peer)
    {
        var v4 = local.IsIPv4;
        var addressLength = v4 ? 4 : 16;
        var ipLength = NetlinkAttributes.HeaderLength + (2 * (NetlinkAttributes.HeaderLength + addressLength));
        const int ProtoLength = NetlinkAttributes.HeaderLength + (3 * (NetlinkAttributes.HeaderLength + 4));
        var total = NetlinkMessage.HeaderLength + FamilyHeaderLength + NetlinkAttributes.HeaderLength + ipLength + ProtoLength;
        var request = buffer[..total];
        NetlinkMessage.WriteHeader(request, IPCTNL_MSG_CT_GET, sequence);
        request[NetlinkMessage.HeaderLength] = (byte)(v4 ? LibC.AF_INET : LibC.AF_INET6);

        var at = WriteAttribute(request[(NetlinkMessage.HeaderLength + FamilyHeaderLength)..], CTA_TUPLE_REPLY | NetlinkAttributes.NLA_F_NESTED, ipLength + ProtoLength);
        at = WriteAttribute(at, CTA_TUPLE_IP | NetlinkAttributes.NLA_F_NESTED, ipLength - NetlinkAttributes.HeaderLength);
        at = WriteAddress(at, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, local, v4);
        at = WriteAddress(at, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, peer, v4);
        at = WriteAttribute(at, CTA_TUPLE_PROTO | NetlinkAttributes.NLA_F_NESTED, ProtoLength - NetlinkAttributes.HeaderLength);
        var number = WriteAttribute(at, CTA_PROTO_NUM, 1);
        number[0] = IPPROTO_TCP;
        at = WritePort(number[4..], CTA_PROTO_SRC_PORT, local.Port);
        WritePort(at, CTA_PROTO_DST_PORT, peer.Port);
        return total;
    }

    /// <summary>Reads one datagram; <paramref name="source"/> is the original tuple's source with Found only.</summary>
    public static SocketAnswer Parse(ReadOnlySpan<byte> datagram, uint sequence, out IpEndpoint source, out int errno)
    {
        source = default;
        var answer = NetlinkMessage.Find(datagram, sequence, out var type, out var payload, out errno);
        if (answer != SocketAnswer.Found)
        {
            return answer;
        }

        return type == IPCTNL_MSG_CT_NEW && payload.Length >= FamilyHeaderLength && TryReadSource(payload[FamilyHeaderLength..], out source)
            ? SocketAnswer.Found
            : SocketAnswer.Malformed;
    }

    private static bool TryReadSource(ReadOnlySpan<byte> attributes, out IpEndpoint source)
    {
        source = default;
        if (!NetlinkAttributes.TryFind(attributes, CTA_TUPLE_ORIG, out var tuple) || !NetlinkAttributes.TryFind(tuple, CTA_TUPLE_IP, out var ip)
            || !NetlinkAttributes.TryFind(tuple, CTA_TUPLE_PROTO, out var proto) || !NetlinkAttributes.TryFind(proto, CTA_PROTO_SRC_PORT, out var port) || port.Length < 2)
        {
            return false;
        }

        var number = BinaryPrimitives.ReadUInt16BigEndian(port);
        if (NetlinkAttributes.TryFind(ip, CTA_IP_V4_SRC, out var v4) && v4.Length == 4)
        {
            source = IpEndpoint.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(v4), number);
            return true;
        }

        if (NetlinkAttributes.TryFind(ip, CTA_IP_V6_SRC, out var v6) && v6.Length == 16)
        {
            source = new IpEndpoint(BinaryPrimitives.ReadUInt128BigEndian(v6), number);
            return true;
        }

        return false;
    }

    private static Span<byte> WriteAttribute(Span<byte> at, int type, int valueLength)
    {
        NetlinkMessage.Write(at, (ushort)(NetlinkAttributes.HeaderLength + valueLength));
        NetlinkMessage.Write(at[2..], (ushort)type);
        return at[NetlinkAttributes.HeaderLength..];
    }

    private static Span<byte> WriteAddress(Span<byte> at, ushort type, IpEndpoint endpoint, bool v4)
    {
        var value = WriteAttribute(at, type, v4 ? 4 : 16);
        if (v4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(value, (uint)endpoint.Address);
            return value[4..];
        }

        BinaryPrimitives.WriteUInt128BigEndian(value, endpoint.Address);
        return value[16..];
    }

    private static Span<byte> WritePort(Span<byte> at, ushort type, ushort port)
    {
        var value = WriteAttribute(at, type, 2);
        BinaryPrimitives.WriteUInt16BigEndian(value, port);
        return value[Math.Min(4, value.Length)..];
    }
}
