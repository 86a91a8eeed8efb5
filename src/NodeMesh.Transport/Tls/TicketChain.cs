using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// The client's issuing certificates inside a ticket: each after its length, four bytes big-endian. The ticket is sealed by us, but a length is
/// checked all the same.
/// </summary>
internal static class TicketChain
{
    public static byte[] Write(byte[][] chain)
    {
        var data = new byte[chain.Skip(1).Sum(c => 4 + c.Length)];
        var rest = data.AsSpan();
        foreach (var certificate in chain.AsSpan(1))
        {
            BinaryPrimitives.WriteInt32BigEndian(rest, certificate.Length);
            certificate.CopyTo(rest[4..]);
            rest = rest[(4 + certificate.Length)..];
        }

        return data;
    }

    public static bool TryRead(byte[] leaf, ReadOnlySpan<byte> data, [NotNullWhen(true)] out byte[][]? chain)
    {
        chain = null;
        var read = new List<byte[]> { leaf };
        while (!data.IsEmpty)
        {
            if (data.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(data) > (uint)data.Length - 4)
            {
                return false;
            }

            var length = BinaryPrimitives.ReadInt32BigEndian(data);
            read.Add(data.Slice(4, length).ToArray());
            data = data[(4 + length)..];
        }

        chain = [.. read];
        return true;
    }
}
