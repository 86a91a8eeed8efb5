using NodeMesh.Http.Headers;
using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.Requests.Headers;

/// <summary>What an application is told of its caller.</summary>
internal static class CallerHeaders
{
    /// <summary>Says who called, as the mesh has proved it; nothing when the caller has no identity.</summary>
    /// <param name="request">The request's fields.</param>
    /// <param name="called">The workload that is called.</param>
    /// <param name="caller">The SPIFFE ID of the caller.</param>
    /// <param name="hash">Of the certificate by which the caller proved it; empty on the node's own traffic, which has none.</param>
    public static void Set(HeaderList request, LocalWorkload called, ReadOnlySpan<byte> caller, ReadOnlySpan<byte> hash)
    {
        if (!caller.IsEmpty)
        {
            ForwardedClientCert.Set(request, called.IdentityText, hash, caller);
        }
    }
}
