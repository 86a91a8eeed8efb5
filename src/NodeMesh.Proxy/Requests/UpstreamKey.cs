using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Requests;

/// <summary>Which connections to an upstream may carry each other's requests: those to the same address on behalf of the same workload.</summary>
/// <param name="Address">What is dialled, or where the tunnel leads.</param>
/// <param name="Source">Whose requests; null for those that come from elsewhere to a workload of this node.</param>
/// <param name="Tunnelled">The endpoint that is reached through a tunnel of a mesh link; null where TCP is dialled.</param>
internal readonly record struct UpstreamKey(IpEndpoint Address, SpiffeId? Source, Endpoint? Tunnelled = null)
{
    public static UpstreamKey ForTunnel(SpiffeId source, Endpoint endpoint) => new(endpoint.Address, source, endpoint);
}
