using System.Buffers.Binary;
using System.Text;

namespace NodeMesh.Transport.Tls;

/// <summary>Reads the server_name extension of a ClientHello (RFC 6066, section 3): bytes that any stranger may send.</summary>
internal static class ServerNameExtension
{
    private const byte HostName = 0;

    private const int MaxHostName = 255;

    /// <summary>Takes the host name out of the extension's content. False when it is not exactly a list of one legal host name.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, out string? name)
    {
        name = null;
        if (content.Length < 5
            || BinaryPrimitives.ReadUInt16BigEndian(content) != content.Length - 2
            || content[2] != HostName
            || BinaryPrimitives.ReadUInt16BigEndian(content[3..]) != content.Length - 5)
        {
            return false;
        }

        var host = content[5..];
        if (host.Length is 0 or > MaxHostName)
        {
            return false;
        }

        foreach (var c in host)
        {
            if (!(char.IsAsciiLetterOrDigit((char)c) || c is (byte)'.' or (byte)'-' or (byte)'_'))
            {
                return false;
            }
        }

        name = Encoding.ASCII.GetString(host);
        return true;
    }
}
