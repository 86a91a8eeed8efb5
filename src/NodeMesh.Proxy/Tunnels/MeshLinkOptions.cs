using NodeMesh.Http.Http2;
using NodeMesh.Transport.Buffers;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>Limits and deadlines of mesh links. Defaults follow ztunnel's where it has one.</summary>
internal sealed record MeshLinkOptions
{
    private const int FrameHeaderSize = 9;

    /// <summary>Streams and windows. A DATA frame with its header fills one buffer, and so one TLS record.</summary>
    public Http2Options Http2 { get; init; } = new()
    {
        MaxDataFrameSize = PooledBuffer.Size - FrameHeaderSize,
        MaxFrameSize = 1024 * 1024,
    };

    /// <summary>Silence after which the peer is asked whether it lives.</summary>
    public TimeSpan KeepAliveIdle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the answer may take before the link is given up.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A link without streams is closed after this.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From CONNECT to the answer, which includes the far side's connect to its application.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For a link or a free stream of one: a dial may take the connect and the handshake timeout.</summary>
    public TimeSpan WaitTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For an orderly close: from our end of stream to the peer's.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Links between the same two identities, for when streams run out.</summary>
    public int MaxLinksPerKey { get; init; } = 8;

    /// <summary>Connections that may wait for a link or stream of the same two identities.</summary>
    public int MaxWaitersPerKey { get; init; } = 4096;

    /// <summary>Links that one loop takes from peers, those still shaking hands among them.</summary>
    public int MaxInboundLinks { get; init; } = 4096;

    /// <summary>Unsent bytes at which a link is given up: far above what a peer that reads ever meets.</summary>
    public int MaxBacklog { get; init; } = 1024 * 1024;

    /// <summary>Bytes that the streams of one loop may hold for readers that do not keep up; see <see cref="StreamMemory"/>.</summary>
    public long MaxHeldBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>The clock that certificates are held against.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
