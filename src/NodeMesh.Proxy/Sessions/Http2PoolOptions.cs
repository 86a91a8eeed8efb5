namespace NodeMesh.Proxy.Sessions;

/// <summary>Limits of a pool of HTTP/2 connections.</summary>
internal record Http2PoolOptions : Http2SessionOptions
{
    /// <summary>For a connection or a free stream of one: a dial may take the connect and the handshake timeout.</summary>
    public TimeSpan WaitTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Connections of the same key, for when streams run out.</summary>
    public int MaxLinksPerKey { get; init; } = 8;

    /// <summary>Those that may wait for a connection or stream of the same key.</summary>
    public int MaxWaitersPerKey { get; init; } = 4096;
}
