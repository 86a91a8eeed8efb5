using System.Buffers.Binary;

namespace NodeMesh.Linux.Sockets;

/// <summary>Writes and reads struct sockaddr_in and sockaddr_in6.</summary>
internal static class SocketAddress
{
    /// <summary>Room for either family (sizeof(struct sockaddr_in6)).</summary>
    public const int MaxSize = 28;

    private const int SizeOfIPv4 = 16;

    /// <summary>Writes <paramref name="endpoint"/> and returns the length; IPv4 goes as v4-mapped when <paramref name="asIPv6"/>.</summary>
    public static uint Write(IpEndpoint endpoint, Span<byte> target, bool asIPv6 = false)
    {
        target.Clear();
        if (endpoint.IsIPv4 && !asIPv6)
        {
            BitConverter.TryWriteBytes(target, (ushort)LibC.AF_INET);
            BinaryPrimitives.WriteUInt16BigEndian(target[2..], endpoint.Port);
            BinaryPrimitives.WriteUInt32BigEndian(target[4..], (uint)endpoint.Address);
            return SizeOfIPv4;
        }

        BitConverter.TryWriteBytes(target, (ushort)LibC.AF_INET6);
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], endpoint.Port);
        BinaryPrimitives.WriteUInt128BigEndian(target[8..], endpoint.Address);
        BitConverter.TryWriteBytes(target[24..], endpoint.ScopeId);
        return MaxSize;
    }

    /// <summary>Reads what the kernel wrote; false for any other family.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out IpEndpoint endpoint)
    {
        endpoint = default;
        if (source.Length < SizeOfIPv4)
        {
            return false;
        }

        var family = BitConverter.ToUInt16(source);
        var port = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        if (family == LibC.AF_INET)
        {
            endpoint = IpEndpoint.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(source[4..]), port);
            return true;
        }

        if (family != LibC.AF_INET6 || source.Length < MaxSize)
        {
            return false;
        }

        var address = BinaryPrimitives.ReadUInt128BigEndian(source[8..]);
        var linkLocal = (address >> 118) == 0x3FA;
        endpoint = new IpEndpoint(address, port, linkLocal ? BitConverter.ToUInt32(source[24..]) : 0);
        return true;
    }
}
