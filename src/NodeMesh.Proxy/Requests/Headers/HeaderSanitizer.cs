using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>Takes from a message of somebody outside the mesh what only the mesh may say.</summary>
internal static class HeaderSanitizer
{
    /// <summary>Longer than every name that is compared whole.</summary>
    private const int MaxCompared = 64;

    /// <summary>
    /// Removes <c>x-forwarded-client-cert</c> and everything under <c>nodemesh-</c> and <c>x-nodemesh-</c>: with these, daemons tell each other
    /// and applications who calls. And with underscores for dashes what the mesh takes away or sets: CGI and what descends from it make one
    /// variable of both spellings.
    /// </summary>
    public static void RemoveReserved(HeaderList headers)
    {
        for (var i = headers.Count - 1; i >= 0; i--)
        {
            var field = headers[i];
            if (field.Id == KnownHeader.None ? IsReserved(field.Name) || IsTwin(field.Name) : IsReserved(field.Id))
            {
                headers.RemoveAt(i);
            }
        }
    }

    private static bool IsReserved(KnownHeader id) => id is KnownHeader.XForwardedClientCert or KnownHeader.NodemeshRefused;

    private static bool IsReserved(ReadOnlySpan<byte> name) => name.StartsWith("nodemesh-"u8) || name.StartsWith("x-nodemesh-"u8);

    private static bool IsTwin(ReadOnlySpan<byte> name)
    {
        if (!name.Contains((byte)'_'))
        {
            return false;
        }

        Span<byte> dashes = stackalloc byte[MaxCompared];
        var begin = name[..Math.Min(name.Length, MaxCompared)];
        begin.Replace(dashes, (byte)'_', (byte)'-');
        dashes = dashes[..begin.Length];
        var id = KnownHeaders.Find(dashes);
        return IsReserved(dashes)
            || IsReserved(id)
            || id is KnownHeader.XForwardedFor or KnownHeader.XForwardedProto or KnownHeader.XRequestId or KnownHeader.GrpcTimeout;
    }
}
