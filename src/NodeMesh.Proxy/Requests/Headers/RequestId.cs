using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>The header <c>x-request-id</c>, by which the lines of one request in all logs are found.</summary>
internal static class RequestId
{
    private const int Length = 36;

    /// <summary>Sees to it that there is one, and only one.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="keep">What stands there comes from inside the mesh, and is kept.</param>
    /// <param name="random">The loop's.</param>
    public static void Ensure(HeaderList headers, bool keep, Random random)
    {
        if (keep && headers.TryGet(KnownHeader.XRequestId, out var id) && !id.IsEmpty)
        {
            var first = headers.IndexOf(KnownHeader.XRequestId);
            for (var i = headers.Count - 1; i > first; i--)
            {
                if (headers.IdAt(i) == KnownHeader.XRequestId)
                {
                    headers.RemoveAt(i);
                }
            }

            return;
        }

        headers.Remove(KnownHeader.XRequestId);
        Span<byte> text = stackalloc byte[Length];
        Make(random, text);
        headers.Add(KnownHeader.XRequestId, text);
    }

    /// <summary>A version 4 UUID (RFC 9562, 5.4). It tells requests apart and keeps no secret: any good random will do.</summary>
    private static void Make(Random random, Span<byte> text)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        new Guid(bytes, bigEndian: true).TryFormat(text, out _, "D");
    }
}
