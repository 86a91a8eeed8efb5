using NodeMesh.Proxy.Sessions;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>Limits and deadlines of mesh links.</summary>
internal sealed record MeshLinkOptions : Http2PoolOptions
{
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From CONNECT to the answer, which includes the far side's connect to its application.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Links that one loop takes from peers, those still shaking hands among them.</summary>
    public int MaxInboundLinks { get; init; } = 4096;

    /// <summary>Bytes that the streams of one loop may hold for readers that do not keep up; see <see cref="StreamMemory"/>.</summary>
    public long MaxHeldBytes { get; init; } = 256 * 1024 * 1024;
}
