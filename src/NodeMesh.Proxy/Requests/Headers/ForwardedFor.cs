using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>The header <c>x-forwarded-for</c>: the addresses a request came along, the nearest last. Several lines count as one, in order.</summary>
internal static class ForwardedFor
{
    private const int UsualLength = 512;

    /// <summary>Adds the sender's address behind what stands there.</summary>
    public static void Append(HeaderList headers, IpEndpoint sender)
    {
        Span<byte> usual = stackalloc byte[UsualLength];
        var value = new HeaderValueWriter(usual);
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers.IdAt(i) == KnownHeader.XForwardedFor && !headers.ValueAt(i).IsEmpty)
            {
                value.Write(headers.ValueAt(i));
                value.Write(", "u8);
            }
        }

        headers.Remove(KnownHeader.XForwardedFor);
        Span<byte> address = stackalloc byte[AddressText.MaxLength];
        value.Write(address[..AddressText.Format(sender, address)]);
        headers.Add(KnownHeader.XForwardedFor, value.Written);
        value.Dispose();
    }

    /// <summary>The last address, which the nearest proxy has put there; false when there is none, or it is no address.</summary>
    public static bool TryReadLast(HeaderList headers, out IpEndpoint address)
    {
        for (var i = headers.Count - 1; i >= 0; i--)
        {
            if (headers.IdAt(i) == KnownHeader.XForwardedFor)
            {
                var value = headers.ValueAt(i);
                return AddressText.TryParse(value[(value.LastIndexOf((byte)',') + 1)..].Trim(" \t"u8), out address);
            }
        }

        address = default;
        return false;
    }
}
