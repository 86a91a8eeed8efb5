namespace NodeMesh.Http.Headers;

/// <summary>Which fields may be removed by being named in Connection, and which may stand in trailers.</summary>
internal static class FieldPolicy
{
    /// <summary>
    /// Whether Connection may declare the field hop-by-hop (RFC 9110, 7.6.1). Only names that the mesh has no use for: whoever could remove
    /// host, authorization, x-forwarded-for or an identity of the mesh by naming it would change what the next hop decides with.
    /// </summary>
    public static bool MayBeNamedByConnection(in HeaderField field) =>
        field.Id == KnownHeader.None && !IsTrusted(field.Name);

    /// <summary>
    /// Whether the field may come behind a body. Framing, routing, authentication and what describes the body must be known before it
    /// (RFC 9110, 6.5.1); some servers merge trailers into the head.
    /// </summary>
    public static bool MayBeTrailer(KnownHeader id, ReadOnlySpan<byte> name) => id switch
    {
        KnownHeader.None => !IsTrusted(name),
        KnownHeader.GrpcStatus or KnownHeader.GrpcMessage or KnownHeader.ETag or KnownHeader.Date or KnownHeader.Server
            or KnownHeader.LastModified or KnownHeader.AcceptRanges or KnownHeader.Link or KnownHeader.Expires or KnownHeader.Age
            or KnownHeader.Vary or KnownHeader.Traceparent or KnownHeader.Tracestate or KnownHeader.Baggage => true,
        _ => false,
    };

    /// <summary>Takes from trailers what may not be one.</summary>
    public static void RemoveFromTrailers(HeaderList trailers)
    {
        for (int i = trailers.Count - 1; i >= 0; i--)
        {
            HeaderField field = trailers[i];
            if (!MayBeTrailer(field.Id, field.Name))
            {
                trailers.RemoveAt(i);
            }
        }
    }

    private static bool IsTrusted(ReadOnlySpan<byte> name) =>
        StartsWith(name, "x-forwarded-"u8) || StartsWith(name, "nodemesh-"u8) || StartsWith(name, "x-nodemesh-"u8)
        || (name.Length == "x-real-ip"u8.Length && StartsWith(name, "x-real-ip"u8));

    // CGI and what descends from it make one variable of a name with dashes and of the same with underscores.
    private static bool StartsWith(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix)
    {
        if (name.Length < prefix.Length)
        {
            return false;
        }
        for (int i = 0; i < prefix.Length; i++)
        {
            int letter = name[i] == (byte)'_' ? '-' : name[i] | 0x20;
            if (letter != prefix[i])
            {
                return false;
            }
        }
        return true;
    }
}
