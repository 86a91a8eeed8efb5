using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>The header <c>x-forwarded-proto</c>: how the first client spoke.</summary>
internal static class ForwardedProto
{
    /// <param name="headers">The request's.</param>
    /// <param name="scheme"><c>http</c> or <c>https</c>, as it came in here.</param>
    /// <param name="keep">What stands there comes from inside the mesh, and is kept.</param>
    public static void Set(HeaderList headers, ReadOnlySpan<byte> scheme, bool keep)
    {
        if (keep && headers.Contains(KnownHeader.XForwardedProto))
        {
            return;
        }

        headers.Remove(KnownHeader.XForwardedProto);
        headers.Add(KnownHeader.XForwardedProto, scheme);
    }
}
