using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>
/// The header <c>x-forwarded-client-cert</c>, in Envoy's form: who the mesh proved the caller to be. It is always set afresh, so that an
/// application can rest on it.
/// </summary>
internal static class ForwardedClientCert
{
    private const int UsualLength = 1024;

    /// <param name="headers">Whatever stands there already is replaced.</param>
    /// <param name="by">The SPIFFE ID of the workload that is called.</param>
    /// <param name="hash">The SHA-256 of the caller's certificate, in hexadecimal; empty on a node's own traffic, which has no certificate.</param>
    /// <param name="uri">The SPIFFE ID of the caller.</param>
    public static void Set(HeaderList headers, ReadOnlySpan<byte> by, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> uri)
    {
        headers.Remove(KnownHeader.XForwardedClientCert);
        Span<byte> usual = stackalloc byte[UsualLength];
        var value = new HeaderValueWriter(usual);
        value.Write("By="u8);
        value.Write(by);
        if (!hash.IsEmpty)
        {
            value.Write(";Hash="u8);
            value.Write(hash);
        }

        value.Write(";URI="u8);
        value.Write(uri);
        headers.Add(KnownHeader.XForwardedClientCert, value.Written);
        value.Dispose();
    }
}
