using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Authorization;

/// <summary>What is known about a connection when it, or a request on it, is judged. What HTTP tells stands in <see cref="RequestFacts"/>.</summary>
/// <param name="Peer">Who proved to be at the other end, or was attested on this node; null when nobody did.</param>
/// <param name="Source">
/// The address the connection came from, as this node's kernel knows it: with a mesh link, of the link's far end. Never what a peer merely tells
/// (<c>forwarded</c>): whoever holds a workload's key could tell any address.
/// </param>
/// <param name="Destination">The workload's address and port, as clients address it.</param>
/// <param name="ServerName">The SNI of the connection, or null.</param>
public readonly record struct ConnectionFacts(SpiffeId? Peer, IpEndpoint Source, IpEndpoint Destination, string? ServerName = null);
