using NodeMesh.Linux;

namespace NodeMesh.Transport.Connections;

/// <summary>A connection, or the error number for which there is none. A refused connect is traffic, so it is no exception.</summary>
public readonly record struct ConnectResult(TcpConnection? Connection, int Error)
{
    public string Describe() => Connection is null ? Errno.Describe(Error) : "connected";
}
