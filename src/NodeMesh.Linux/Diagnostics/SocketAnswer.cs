namespace NodeMesh.Linux.Diagnostics;

/// <summary>What one netlink datagram turned out to be.</summary>
internal enum SocketAnswer
{
    Malformed,
    Stale,
    Found,
    NotFound,
    Unknown,
    Error,
}
