using NodeMesh.Linux.Sockets;

namespace NodeMesh.Transport.Connections;

/// <summary>
/// Keeps listening sockets beyond the end of the process: connections that come while there is none wait in them, and the next process goes on with
/// them. Safe on any thread.
/// </summary>
public interface IListenerStore
{
    /// <summary>Takes out what an earlier process kept for this purpose and address, one socket for each of its loops. The caller owns them.</summary>
    IReadOnlyList<SocketDescriptor> Take(string purpose, IpEndpoint address);

    /// <summary>Keeps a socket too; it stays the caller's.</summary>
    void Keep(string purpose, SocketDescriptor socket);
}
