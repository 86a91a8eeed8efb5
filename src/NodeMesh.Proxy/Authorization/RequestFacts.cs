using NodeMesh.Http.Headers;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Authorization;

/// <summary>
/// What is known of one HTTP request when it is judged: views into its headers, as they are forwarded. The default value stands for no
/// request at all, which is how TCP is judged. Valid as long as the headers are not changed.
/// </summary>
public readonly ref struct RequestFacts
{
    private readonly HeaderList? _headers;

    /// <param name="headers">The request in HTTP/2's form, its path normalised, as the application will see it.</param>
    /// <param name="remote">The original client: the connection's source, or what trusted forwarding headers say.</param>
    public RequestFacts(HeaderList headers, IpEndpoint remote)
    {
        ArgumentNullException.ThrowIfNull(headers);
        _headers = headers;
        Remote = remote;

        // An upgrade travels as an extended CONNECT (RFC 8441), and is the GET that the application sees.
        Method = headers.Contains(KnownHeader.Protocol) ? "GET"u8 : ValueOf(headers, KnownHeader.Method);
        Path = WithoutQuery(ValueOf(headers, KnownHeader.Path));
        Host = HostText.WithoutPort(headers.TryGet(KnownHeader.Authority, out var authority) ? authority : ValueOf(headers, KnownHeader.Host));
    }

    /// <summary>False when there is no request, only a connection.</summary>
    public bool IsHttp => _headers is not null;

    public ReadOnlySpan<byte> Method { get; }

    /// <summary>Without query and fragment.</summary>
    public ReadOnlySpan<byte> Path { get; }

    /// <summary>Without port and final dot, in the case it came in; empty when the request has none.</summary>
    public ReadOnlySpan<byte> Host { get; }

    public IpEndpoint Remote { get; }

    /// <summary>Of a request only.</summary>
    internal HeaderList Headers => _headers!;

    private static ReadOnlySpan<byte> ValueOf(HeaderList headers, KnownHeader name) => headers.TryGet(name, out var value) ? value : default;

    private static ReadOnlySpan<byte> WithoutQuery(ReadOnlySpan<byte> path)
    {
        var end = path.IndexOfAny((byte)'?', (byte)'#');
        return end < 0 ? path : path[..end];
    }
}
