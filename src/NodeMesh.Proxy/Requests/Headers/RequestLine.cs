using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>What the pseudo-headers of a request say of it.</summary>
internal static class RequestLine
{
    /// <summary>A tunnel: an upgrade, which travels as extended CONNECT (RFC 8441).</summary>
    public static bool IsTunnel(HeaderList request) => request.Contains(KnownHeader.Protocol);

    /// <summary>CONNECT without a protocol: a tunnel to wherever its authority says.</summary>
    public static bool IsPlainConnect(HeaderList request) =>
        !IsTunnel(request) && request.TryGet(KnownHeader.Method, out var method) && method.SequenceEqual("CONNECT"u8);

    /// <summary>HTTP/1.0 knows no Host: a request that names none is for where its client connected to, and HTTP/2 must say so.</summary>
    public static void EnsureAuthority(HeaderList request, IpEndpoint dialled)
    {
        if (!request.Contains(KnownHeader.Authority) && !request.Contains(KnownHeader.Host))
        {
            Span<byte> text = stackalloc byte[AddressText.MaxLengthWithPort];
            request.Insert(1, KnownHeader.Authority, text[..AddressText.FormatWithPort(dialled, text)]);
        }
    }

    /// <summary>Doing it twice has the effect of doing it once (RFC 9110, section 9.2.2).</summary>
    public static bool IsIdempotent(HeaderList request) =>
        request.TryGet(KnownHeader.Method, out var method)
        && (method.SequenceEqual("GET"u8)
            || method.SequenceEqual("HEAD"u8)
            || method.SequenceEqual("PUT"u8)
            || method.SequenceEqual("DELETE"u8)
            || method.SequenceEqual("OPTIONS"u8)
            || method.SequenceEqual("TRACE"u8));
}
