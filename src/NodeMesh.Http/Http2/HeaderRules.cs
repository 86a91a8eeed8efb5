using System.Buffers;
using System.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http2;

/// <summary>
/// What makes a message well-formed (RFC 9113, 8.2 and 8.3; RFC 9110, 5). Each check gives null, or the reason for a stream error
/// PROTOCOL_ERROR. Stricter than the least of RFC 9113 where HTTP/1.1 behind us could be smuggled into: no control bytes in values,
/// no spaces in <c>:path</c>, no method that is not a token.
/// </summary>
internal static class HeaderRules
{
    private static readonly SearchValues<byte> SchemeBytes = SearchValues.Create("+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    /// <summary>A request as a server receives it.</summary>
    public static string? CheckRequest(HeaderList headers, bool allowExtendedConnect, out long contentLength)
    {
        string? reason = CheckFields(headers, out Summary seen);
        contentLength = seen.ContentLength;
        int pseudo = seen.Pseudo;
        if (reason is not null)
        {
            return reason;
        }
        if ((pseudo & Bit(KnownHeader.Status)) != 0)
        {
            return ":status in a request";
        }
        if (!headers.TryGet(KnownHeader.Method, out ReadOnlySpan<byte> method))
        {
            return ":method is missing";
        }
        if (!FieldSyntax.IsToken(method))
        {
            return ":method is not a token";
        }
        bool hasProtocol = (pseudo & Bit(KnownHeader.Protocol)) != 0;
        bool isConnect = method.SequenceEqual("CONNECT"u8);
        if (hasProtocol && (!isConnect || !allowExtendedConnect))
        {
            return ":protocol is not allowed";
        }
        reason = isConnect && !hasProtocol ? CheckConnect(headers, pseudo) : CheckTarget(headers, pseudo, method);
        return reason ?? CheckAuthority(headers, seen);
    }

    /// <summary>A response as a client receives it. <paramref name="status"/> is 100 to 999.</summary>
    public static string? CheckResponse(HeaderList headers, out int status, out long contentLength)
    {
        status = 0;
        string? reason = CheckFields(headers, out Summary seen);
        contentLength = seen.ContentLength;
        int pseudo = seen.Pseudo;
        if (reason is not null)
        {
            return reason;
        }
        if (pseudo != Bit(KnownHeader.Status))
        {
            return pseudo == 0 ? ":status is missing" : "a response has :status as its only pseudo-header";
        }
        headers.TryGet(KnownHeader.Status, out ReadOnlySpan<byte> text);
        if (text.Length != 3 || !FieldSyntax.TryParseDigits(text, out long number) || number < 100)
        {
            return ":status is not three digits";
        }
        status = (int)number;
        return null;
    }

    /// <summary>Fields behind a body, which carry no pseudo-headers (RFC 9113, 8.1).</summary>
    public static string? CheckTrailers(HeaderList trailers)
    {
        string? reason = CheckFields(trailers, out Summary seen);
        return reason ?? (seen.Pseudo != 0 ? "a pseudo-header in trailers" : null);
    }

    private static string? CheckFields(HeaderList headers, out Summary seen)
    {
        int pseudo = 0;
        bool sawRegular = false;
        seen = new Summary { Host = -1, ContentLength = -1 };
        for (int index = 0; index < headers.Count; index++)
        {
            HeaderField field = headers[index];
            if (field.Value.ContainsAny(FieldSyntax.ValueForbidden))
            {
                return "a control byte in a field value";
            }
            if (!field.Value.IsEmpty && (FieldSyntax.IsBlank(field.Value[0]) || FieldSyntax.IsBlank(field.Value[^1])))
            {
                return "blanks around a field value";
            }
            if (KnownHeaders.IsPseudo(field.Id))
            {
                if (sawRegular)
                {
                    return "a pseudo-header behind a regular field";
                }
                if ((pseudo & Bit(field.Id)) != 0)
                {
                    return "a pseudo-header twice";
                }
                pseudo |= Bit(field.Id);
                seen.Pseudo = pseudo;
                continue;
            }
            sawRegular = true;
            switch (field.Id)
            {
                case KnownHeader.None:
                    if (field.Name.IsEmpty)
                    {
                        return "an empty field name";
                    }
                    if (field.Name[0] == (byte)':')
                    {
                        return "an unknown pseudo-header";
                    }
                    if (field.Name.ContainsAnyExcept(FieldSyntax.LowerToken))
                    {
                        return "a field name that is not a lower-case token";
                    }
                    break;
                case KnownHeader.Connection or KnownHeader.KeepAlive or KnownHeader.ProxyConnection
                    or KnownHeader.TransferEncoding or KnownHeader.Upgrade:
                    return "a connection-specific field";
                case KnownHeader.Te when !Ascii.EqualsIgnoreCase(field.Value, "trailers"u8):
                    return "te other than trailers";
                case KnownHeader.Host when seen.Host >= 0:
                    return "host twice";
                case KnownHeader.Host:
                    seen.Host = index;
                    break;
                case KnownHeader.ContentLength when seen.ContentLength >= 0:
                    return "content-length twice";
                case KnownHeader.ContentLength:
                    if (!FieldSyntax.TryParseDigits(field.Value, out long length))
                    {
                        return "content-length is not a number";
                    }
                    seen.ContentLength = length;
                    break;
                default:
                    break;
            }
        }
        return null;
    }

    // RFC 9113, 8.5: only :method and :authority.
    private static string? CheckConnect(HeaderList headers, int pseudo)
    {
        if (pseudo != (Bit(KnownHeader.Method) | Bit(KnownHeader.Authority)))
        {
            return "CONNECT has :method and :authority, nothing else";
        }
        headers.TryGet(KnownHeader.Authority, out ReadOnlySpan<byte> authority);
        return authority.IsEmpty ? ":authority is empty" : null;
    }

    private static string? CheckTarget(HeaderList headers, int pseudo, ReadOnlySpan<byte> method)
    {
        if ((pseudo & Bit(KnownHeader.Scheme)) == 0 || (pseudo & Bit(KnownHeader.Path)) == 0)
        {
            return ":scheme or :path is missing";
        }
        headers.TryGet(KnownHeader.Scheme, out ReadOnlySpan<byte> scheme);
        headers.TryGet(KnownHeader.Path, out ReadOnlySpan<byte> path);
        if (scheme.IsEmpty || scheme.ContainsAnyExcept(SchemeBytes))
        {
            return ":scheme is not a scheme";
        }
        if (path.IsEmpty)
        {
            return ":path is empty";
        }
        if (path.ContainsAny(FieldSyntax.TargetForbidden))
        {
            return ":path holds a space or control byte";
        }
        bool isAsterisk = path.SequenceEqual("*"u8) && method.SequenceEqual("OPTIONS"u8);
        return IsHttp(scheme) && path[0] != (byte)'/' && !isAsterisk ? ":path does not start with a slash" : null;
    }

    private static string? CheckAuthority(HeaderList headers, in Summary seen)
    {
        bool hasAuthority = headers.TryGet(KnownHeader.Authority, out ReadOnlySpan<byte> authority);
        if (!authority.IsEmpty && !FieldSyntax.IsAuthority(authority))
        {
            return ":authority is not a host and port";
        }
        ReadOnlySpan<byte> host = seen.Host >= 0 ? headers.ValueAt(seen.Host) : default;
        if (hasAuthority && seen.Host >= 0 && !Ascii.EqualsIgnoreCase(host, authority))
        {
            return "host differs from :authority";
        }
        if (!host.IsEmpty && !FieldSyntax.IsAuthority(host))
        {
            return "host is not a host and port";
        }

        // RFC 9110, 4.2: http and https have a host.
        headers.TryGet(KnownHeader.Scheme, out ReadOnlySpan<byte> scheme);
        return authority.IsEmpty && host.IsEmpty && IsHttp(scheme) ? "neither :authority nor host" : null;
    }

    private static bool IsHttp(ReadOnlySpan<byte> scheme) =>
        Ascii.EqualsIgnoreCase(scheme, "http"u8) || Ascii.EqualsIgnoreCase(scheme, "https"u8);

    private static int Bit(KnownHeader pseudo) => pseudo == KnownHeader.Protocol ? 1 << 8 : 1 << (int)pseudo;

    // What one walk over the fields has found.
    private struct Summary
    {
        public int Pseudo;

        // The place of the host field, or -1.
        public int Host;

        // The declared length, or -1.
        public long ContentLength;
    }
}
