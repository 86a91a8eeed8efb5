namespace NodeMesh.Http.Http2;

/// <summary>How a stream came to be closed, which decides what may still arrive on it (RFC 9113, 5.1).</summary>
internal enum ClosedReason : byte
{
    /// <summary>Not remembered.</summary>
    Unknown,

    /// <summary>Both ends finished.</summary>
    Ended,

    /// <summary>We sent RST_STREAM: the peer may not know yet, so its frames are dropped.</summary>
    ResetByUs,

    /// <summary>The peer sent RST_STREAM: it must not send more.</summary>
    ResetByPeer,
}
