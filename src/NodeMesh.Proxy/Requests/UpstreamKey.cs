using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Requests;

/// <summary>Which connections to an upstream may carry each other's requests: those to the same address on behalf of the same workload.</summary>
/// <param name="Address">What is dialled.</param>
/// <param name="Source">Whose requests; null for those that come from elsewhere to a workload of this node.</param>
internal readonly record struct UpstreamKey(IpEndpoint Address, SpiffeId? Source);
