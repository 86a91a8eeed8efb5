using System.Buffers.Binary;

namespace NodeMesh.Proxy.Tests.Dns;

/// <summary>Writes DNS messages by hand, right and wrong ones.</summary>
internal static class DnsWire
{
    public static byte[] Query(string name, ushort type, ushort id = 0x1234, ushort flags = 0x0100, ushort @class = 1, byte[]? additional = null)
    {
        byte[] message = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, (byte)(additional is null ? 0 : 1), .. Name(name), 0, 0, 0, 0, .. additional ?? []];
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), flags);
        var fields = message.AsSpan(12 + Name(name).Length);
        BinaryPrimitives.WriteUInt16BigEndian(fields, type);
        BinaryPrimitives.WriteUInt16BigEndian(fields[2..], @class);
        return message;
    }

    public static byte[] Opt(ushort size, byte version = 0) => [0, 0, 41, (byte)(size >> 8), (byte)size, 0, version, 0, 0, 0, 0];

    public static byte[] Name(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(l => l.Select(c => (byte)c).Prepend((byte)l.Length)), 0];

    /// <summary>An answer to a query: its header and question with other flags, and one A record.</summary>
    public static byte[] Answer(byte[] query, ushort flags = 0x8180, byte lastOctet = 1)
    {
        byte[] answer = [.. query, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, lastOctet];
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), flags);
        answer[7] = 1;
        return answer;
    }
}
