using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Linux.Diagnostics;

/// <summary>
/// The bytes of a ctnetlink look-up by reply tuple (linux/netfilter/nfnetlink_conntrack.h): writes the request, reads the answer. Pure, so it
/// can be fuzzed; every length is checked.
/// </summary>
internal static class ConnectionTrackingMessage
{
    private const int HeaderLength = 16;
    private const int FamilyHeaderLength = 4;
    private const int AttributeHeaderLength = 4;
    private const ushort NLMSG_ERROR = 2;
    private const ushort NLM_F_REQUEST = 1;
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
    private const ushort NLA_F_NESTED = 0x8000;
    private const ushort NLA_TYPE_MASK = 0x3fff;
    private const byte AF_INET = 2;
    private const byte AF_INET6 = 10;
    private const byte IPPROTO_TCP = 6;
    private const int ENOENT = 2;

    /// <summary>Asks for the connection whose replies go from <paramref name="local"/> to <paramref name="peer"/>; returns the length.</summary>
    public static int WriteRequest(Span<byte> buffer, uint sequence, in IpEndpoint local, in IpEndpoint peer)
    {
        var v4 = local.IsIPv4;
        var addressLength = v4 ? 4 : 16;
        var ipLength = AttributeHeaderLength + (2 * (AttributeHeaderLength + addressLength));
        const int ProtoLength = AttributeHeaderLength + (3 * (AttributeHeaderLength + 4));
        var total = HeaderLength + FamilyHeaderLength + AttributeHeaderLength + ipLength + ProtoLength;
        var request = buffer[..total];
        request.Clear();
        WriteNative(request, (uint)total);
        WriteNative(request[4..], IPCTNL_MSG_CT_GET);
        WriteNative(request[6..], NLM_F_REQUEST);
        WriteNative(request[8..], sequence);
        request[HeaderLength] = v4 ? AF_INET : AF_INET6;

        var at = WriteAttribute(request[(HeaderLength + FamilyHeaderLength)..], CTA_TUPLE_REPLY | NLA_F_NESTED, ipLength + ProtoLength);
        at = WriteAttribute(at, CTA_TUPLE_IP | NLA_F_NESTED, ipLength - AttributeHeaderLength);
        at = WriteAddress(at, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, local, v4);
        at = WriteAddress(at, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, peer, v4);
        at = WriteAttribute(at, CTA_TUPLE_PROTO | NLA_F_NESTED, ProtoLength - AttributeHeaderLength);
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
        errno = 0;
        if (datagram.Length < HeaderLength || ReadNative<uint>(datagram) is var length && (length < HeaderLength || length > datagram.Length))
        {
            return SocketAnswer.Malformed;
        }

        if (ReadNative<uint>(datagram[8..]) != sequence)
        {
            return SocketAnswer.Stale;
        }

        var payload = datagram[HeaderLength..(int)ReadNative<uint>(datagram)];
        switch (ReadNative<ushort>(datagram[4..]))
        {
            case NLMSG_ERROR when payload.Length >= sizeof(int) && ReadNative<int>(payload) is var code and < 0 and not int.MinValue:
                errno = code == -ENOENT ? 0 : -code;
                return code == -ENOENT ? SocketAnswer.NotFound : SocketAnswer.Error;
            case IPCTNL_MSG_CT_NEW when payload.Length >= FamilyHeaderLength:
                return TryReadSource(payload[FamilyHeaderLength..], out source) ? SocketAnswer.Found : SocketAnswer.Malformed;
            default:
                return SocketAnswer.Malformed;
        }
    }

    private static bool TryReadSource(ReadOnlySpan<byte> attributes, out IpEndpoint source)
    {
        source = default;
        if (!TryFind(attributes, CTA_TUPLE_ORIG, out var tuple) || !TryFind(tuple, CTA_TUPLE_IP, out var ip)
            || !TryFind(tuple, CTA_TUPLE_PROTO, out var proto) || !TryFind(proto, CTA_PROTO_SRC_PORT, out var port) || port.Length < 2)
        {
            return false;
        }

        var number = BinaryPrimitives.ReadUInt16BigEndian(port);
        if (TryFind(ip, CTA_IP_V4_SRC, out var v4) && v4.Length == 4)
        {
            source = IpEndpoint.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(v4), number);
            return true;
        }

        if (TryFind(ip, CTA_IP_V6_SRC, out var v6) && v6.Length == 16)
        {
            source = new IpEndpoint(BinaryPrimitives.ReadUInt128BigEndian(v6), number);
            return true;
        }

        return false;
    }

    /// <summary>The value of the first attribute of a type; false when it is not there or the list is broken before it.</summary>
    private static bool TryFind(ReadOnlySpan<byte> attributes, ushort type, out ReadOnlySpan<byte> value)
    {
        while (attributes.Length >= AttributeHeaderLength)
        {
            int length = ReadNative<ushort>(attributes);
            if (length < AttributeHeaderLength || length > attributes.Length)
            {
                break;
            }

            if ((ReadNative<ushort>(attributes[2..]) & NLA_TYPE_MASK) == type)
            {
                value = attributes[AttributeHeaderLength..length];
                return true;
            }

            attributes = attributes[Math.Min(attributes.Length, (length + 3) & ~3)..];
        }

        value = default;
        return false;
    }

    private static Span<byte> WriteAttribute(Span<byte> at, int type, int valueLength)
    {
        WriteNative(at, (ushort)(AttributeHeaderLength + valueLength));
        WriteNative(at[2..], (ushort)type);
        return at[AttributeHeaderLength..];
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

    private static void WriteNative<T>(Span<byte> at, T value)
        where T : unmanaged => MemoryMarshal.Write(at, in value);

    private static T ReadNative<T>(ReadOnlySpan<byte> at)
        where T : unmanaged => MemoryMarshal.Read<T>(at);
}
