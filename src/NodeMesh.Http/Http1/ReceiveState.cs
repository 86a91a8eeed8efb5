namespace NodeMesh.Http.Http1;

/// <summary>What the next received byte belongs to.</summary>
internal enum ReceiveState
{
    StartLine,
    Fields,
    Length,
    ChunkSize,
    ChunkData,
    ChunkEnd,
    Trailers,
    UntilClose,

    /// <summary>Server: an upgrade or CONNECT was reported; the response decides what the next bytes are.</summary>
    AwaitsTunnel,
    Tunnel,

    /// <summary>The message was received whole.</summary>
    Done,

    /// <summary>After an error: what still comes is discarded.</summary>
    Failed,
}
