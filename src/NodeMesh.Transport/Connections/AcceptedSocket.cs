using NodeMesh.Linux.Sockets;

namespace NodeMesh.Transport.Connections;

/// <summary>A socket that a listener accepted; whoever receives it owns it.</summary>
public readonly record struct AcceptedSocket(SocketDescriptor Socket, IpEndpoint Peer)
{
    /// <summary>What a closed listener gives.</summary>
    public static AcceptedSocket None => new(SocketDescriptor.None, default);
}
