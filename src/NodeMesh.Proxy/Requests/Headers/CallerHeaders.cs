using NodeMesh.Http.Headers;
using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>What an application is told of its caller.</summary>
internal static class CallerHeaders
{
    /// <summary>Says who called, as the mesh has proved it; nothing when the caller has no identity.</summary>
    public static void Set(HeaderList request, LocalWorkload called, ReadOnlySpan<byte> caller)
    {
        if (!caller.IsEmpty)
        {
            ForwardedClientCert.Set(request, called.IdentityText, default, caller);
        }
    }
}
