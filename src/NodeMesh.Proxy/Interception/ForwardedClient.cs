using System.Text;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Interception;

/// <summary>
/// Reads the client's address out of the <c>forwarded</c> header of a mesh link (RFC 7239): <c>for="192.0.2.7:41000";host=cart.shop.mesh</c>. A
/// daemon tells of one client, with its port; whatever says something else tells nothing. Pure; takes any bytes.
/// </summary>
internal static class ForwardedClient
{
    // [IPv6 with its longest form]:65535
    private const int MaxAddress = 64;

    public static bool TryParse(ReadOnlySpan<byte> value, out IpEndpoint client)
    {
        client = default;
        var found = false;
        while (!value.IsEmpty)
        {
            var pair = Next(ref value);
            var equals = pair.IndexOf((byte)'=');
            var isClient = equals >= 0 && Ascii.EqualsIgnoreCase(pair[..equals], "for"u8);
            if (equals >= 0 && !isClient)
            {
                continue;
            }

            // A second one would be another hop, which this daemon cannot have spoken with.
            if (!isClient || found || !TryParseAddress(pair[(equals + 1)..], out client))
            {
                client = default;
                return false;
            }

            found = true;
        }

        return found;
    }

    /// <summary>Up to the next semicolon or comma outside quotes, without the space around it.</summary>
    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> value)
    {
        var quoted = false;
        var end = 0;
        for (; end < value.Length && (quoted || value[end] is not ((byte)';' or (byte)',')); end++)
        {
            if (quoted && value[end] == (byte)'\\' && end + 1 < value.Length)
            {
                end++;
            }
            else if (value[end] == (byte)'"')
            {
                quoted = !quoted;
            }
        }

        var pair = value[..end].Trim(" \t"u8);
        value = end < value.Length ? value[(end + 1)..] : default;
        return pair;
    }

    private static bool TryParseAddress(ReadOnlySpan<byte> text, out IpEndpoint client)
    {
        client = default;
        if (text is [(byte)'"', .. var inner, (byte)'"'])
        {
            text = inner;
        }

        return text.Length <= MaxAddress && IpEndpoint.TryParse(Encoding.ASCII.GetString(text), out client) && client is { Port: not 0, ScopeId: 0 };
    }
}
