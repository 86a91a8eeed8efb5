using NodeMesh.Http.Headers;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>Takes from a message of somebody outside the mesh what only the mesh may say.</summary>
internal static class HeaderSanitizer
{
    /// <summary>
    /// Removes <c>x-forwarded-client-cert</c> and everything under <c>nodemesh-</c> and <c>x-nodemesh-</c>: with these, daemons tell each other
    /// and applications who calls.
    /// </summary>
    public static void RemoveReserved(HeaderList headers)
    {
        for (var i = headers.Count - 1; i >= 0; i--)
        {
            var field = headers[i];
            if (field.Id is KnownHeader.XForwardedClientCert or KnownHeader.NodemeshRefused || IsReserved(field))
            {
                headers.RemoveAt(i);
            }
        }
    }

    private static bool IsReserved(in HeaderField field) =>
        field.Id == KnownHeader.None && (field.Name.StartsWith("nodemesh-"u8) || field.Name.StartsWith("x-nodemesh-"u8));
}
