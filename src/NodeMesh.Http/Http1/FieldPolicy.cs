using System.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

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
            or KnownHeader.Vary or KnownHeader.Traceparent or KnownHeader.Tracestate or KnownHeader.Baggage or KnownHeader.NodemeshRefused => true,
        _ => false,
    };

    private static bool IsTrusted(ReadOnlySpan<byte> name) =>
        StartsWith(name, "x-forwarded-"u8) || StartsWith(name, "nodemesh-"u8) || StartsWith(name, "x-nodemesh-"u8)
        || Ascii.EqualsIgnoreCase(name, "x-real-ip"u8);

    private static bool StartsWith(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix) =>
        name.Length >= prefix.Length && Ascii.EqualsIgnoreCase(name[..prefix.Length], prefix);
}
