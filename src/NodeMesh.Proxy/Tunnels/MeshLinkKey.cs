using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>What a pooled mesh link may be shared by: streams of one source identity to one destination identity at one address.</summary>
internal readonly record struct MeshLinkKey(SpiffeId Source, SpiffeId Destination, IpEndpoint Address)
{
    /// <summary>The links that lead to an endpoint of the mesh.</summary>
    public static MeshLinkKey For(SpiffeId source, Endpoint endpoint) => new(source, endpoint.Identity!, endpoint.DialAddress);
}
