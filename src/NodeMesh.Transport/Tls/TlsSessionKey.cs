using NodeMesh.Linux.Sockets;
using NodeMesh.Spiffe;

namespace NodeMesh.Transport.Tls;

/// <summary>What a resumable session belongs to: it is never offered for another pair of identities or another address.</summary>
internal readonly record struct TlsSessionKey(SpiffeId Source, SpiffeId Destination, IpEndpoint Address);
