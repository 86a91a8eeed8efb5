using Microsoft.AspNetCore.Http;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Serving;
using NodeMesh.Controller.Store;
using NodeMesh.Spiffe;

namespace NodeMesh.Controller.Api;

/// <summary>The node behind a request, as its certificate proves it. Stateless.</summary>
internal static class NodeCaller
{
    /// <param name="mayBeLate">Whether its certificate may have ended, within the grace for renewals.</param>
    /// <exception cref="ApiException">It is no node.</exception>
    /// <exception cref="NodeException">It is one that is refused.</exception>
    public static NodeRecord Of(HttpContext context, NodeRegistry nodes, TimeProvider time, bool mayBeLate)
    {
        if (context.Features.Get<PeerIdentity>() is not { Id: { } id } peer || !MeshIds.TryReadNode(id, out var name))
        {
            throw new ApiException(StatusCodes.Status401Unauthorized, "the certificate of a node is needed; join with a token first");
        }

        return !mayBeLate && peer.NotAfter <= time.GetUtcNow()
            ? throw nodes.Refusals.Refuse(NodeRefusal.ExpiredCertificate, AddressOf(context), "authenticate", name, $"the certificate ended at {peer.NotAfter:u}; renew it first")
            : nodes.Authenticate(name, peer.Serial, AddressOf(context));
    }

    public static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "local";
}
