using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>
/// The response header <c>nodemesh-declined</c> on a mesh link: an application answered the request for an upgrade with this success, and opened no
/// tunnel. HTTP/2 cannot say that, since every success opens it (RFC 8441, section 5): it travels as 502, and the daemon of the client makes it again
/// what it was.
/// </summary>
internal static class DeclinedUpgrade
{
    private static ReadOnlySpan<byte> Name => "nodemesh-declined"u8;

    public static void Wrap(HeaderList response)
    {
        response.Add(Name, response.ValueAt(0));
        response.SetValueAt(0, "502"u8);
    }

    /// <summary>Makes a response that was wrapped again what it was.</summary>
    public static void Unwrap(HeaderList response)
    {
        for (var i = response.Count - 1; i > 0; i--)
        {
            if (response.IdAt(i) == KnownHeader.None && response.NameAt(i).SequenceEqual(Name))
            {
                if (response.ValueAt(i) is [(byte)'2', >= (byte)'0' and <= (byte)'9', >= (byte)'0' and <= (byte)'9'])
                {
                    response.SetValueAt(0, response.ValueAt(i));
                }

                response.RemoveAt(i);
            }
        }
    }
}
