namespace NodeMesh.Http.Http2;

/// <summary>The limits of an HTTP/2 connection. Immutable; one instance serves many connections.</summary>
public sealed record Http2Options
{
    /// <summary>Streams the peer may have open at once (SETTINGS_MAX_CONCURRENT_STREAMS). Default 1024, for use inside the mesh; 100 is usual towards outsiders (Envoy, nginx).</summary>
    public int MaxConcurrentStreams { get; init; } = 1024;

    /// <summary>Bytes a stream may receive before its reader has consumed any (SETTINGS_INITIAL_WINDOW_SIZE). Default 64 KiB: what RFC 9113 starts with.</summary>
    public int InitialStreamWindow { get; init; } = 64 * 1024;

    /// <summary>How far the receive window of one stream may grow. Default 4 MiB, ztunnel's stream window.</summary>
    public int MaxStreamWindow { get; init; } = 4 * 1024 * 1024;

    /// <summary>The connection's receive window. It is given back on receipt, so it bounds bytes in flight, not memory. Default 16 MiB, ztunnel's; it must be larger than a stream's.</summary>
    public int ConnectionWindow { get; init; } = 16 * 1024 * 1024;

    /// <summary>What the windows of all streams together may have grown above their initial size: the memory a peer can take beyond the initial windows. Default 32 MiB.</summary>
    public int WindowGrowthBudget { get; init; } = 32 * 1024 * 1024;

    /// <summary>The longest frame payload accepted (SETTINGS_MAX_FRAME_SIZE), 16,384 to 16,777,215. Default 16,384, the protocol's least; ztunnel uses 1 MiB.</summary>
    public int MaxFrameSize { get; init; } = 16 * 1024;

    /// <summary>The longest DATA payload sent in one frame, however much the peer allows: streams take turns at this grain. Default 16 KiB, one TLS record.</summary>
    public int MaxDataFrameSize { get; init; } = 16 * 1024;

    /// <summary>The HPACK table the peer may use towards us (SETTINGS_HEADER_TABLE_SIZE). Default 4096, the protocol's.</summary>
    public int HeaderTableSize { get; init; } = 4096;

    /// <summary>The HPACK table we use towards the peer, when it allows as much. Default 4096.</summary>
    public int EncoderTableSize { get; init; } = 4096;

    /// <summary>The decoded header list accepted (SETTINGS_MAX_HEADER_LIST_SIZE): names, values and 32 bytes for each field. Above it the handler may answer 431, or the stream is reset. Default 60 KiB, Envoy's.</summary>
    public int MaxHeaderListSize { get; init; } = 60 * 1024;

    /// <summary>Fields in one header list; above it as above MaxHeaderListSize. Default 100, Envoy's.</summary>
    public int MaxHeaderFields { get; init; } = 100;

    /// <summary>The encoded size of one header block, over all its frames; above it the connection is closed. Default 128 KiB: twice the list, so that a list that is merely too large costs its stream only.</summary>
    public int MaxHeaderBlockSize { get; init; } = 128 * 1024;

    /// <summary>CONTINUATION frames in one header block. Default 16: a block of the largest size in frames of the least size takes 8.</summary>
    public int MaxContinuationFrames { get; init; } = 16;

    /// <summary>Whether requests may carry <c>:protocol</c> (extended CONNECT, RFC 8441).</summary>
    public bool AllowExtendedConnect { get; init; }

    /// <summary>Responses with a 1xx status before the final one; above it the stream is reset. Default 100.</summary>
    public int MaxInterimResponses { get; init; } = 100;

    /// <summary>Frames without payload and without an end that may follow each other. Default 1, Envoy's.</summary>
    public int MaxConsecutiveEmptyFrames { get; init; } = 1;

    /// <summary>Bytes of answers (PING, SETTINGS and resets) that may wait unread before the connection is closed. Default 64 KiB. See <see cref="Http2Connection.OutputPending"/>.</summary>
    public int MaxUnreadAnswers { get; init; } = 64 * 1024;

    /// <summary>Streams reset most recently that are remembered, so that frames still under way on them are told from violations. Default 1024, 12 KiB when full.</summary>
    public int RememberedStreams { get; init; } = 1024;

    /// <summary>Requests that the peer may reset before they are answered; each one answered allows one more. Default 1000 and 33/s, nghttp2's.</summary>
    public FloodLimit RapidResets { get; init; } = new(1000, 33);

    /// <summary>Stream errors that the peer may cause. Default 1000 and 33/s, nghttp2's limit on glitches.</summary>
    public FloodLimit StreamErrors { get; init; } = new(1000, 33);

    /// <summary>Streams that may be opened above <see cref="MaxConcurrentStreams"/> and are refused. Default 1000 and 100/s.</summary>
    public FloodLimit RefusedStreams { get; init; } = new(1000, 100);

    /// <summary>RST_STREAM for streams already closed. Default 1000 and 100/s.</summary>
    public FloodLimit LateResets { get; init; } = new(1000, 100);

    /// <summary>PING; each DATA or HEADERS frame received allows one more, because peers measure with them. Default 200 and 20/s.</summary>
    public FloodLimit Pings { get; init; } = new(200, 20);

    /// <summary>SETTINGS. Default 32 and 1/s.</summary>
    public FloodLimit Settings { get; init; } = new(32, 1);

    /// <summary>PRIORITY; each stream opened allows 100 more (Envoy's proportion). Default 500 and 10/s.</summary>
    public FloodLimit Priorities { get; init; } = new(500, 10);

    /// <summary>WINDOW_UPDATE; each DATA frame sent allows 20 more and each stream opened 2 (Envoy's proportion). Default 5000 and 100/s.</summary>
    public FloodLimit WindowUpdates { get; init; } = new(5000, 100);

    /// <summary>Frames of unknown types. Default 1000 and 100/s.</summary>
    public FloodLimit UnknownFrames { get; init; } = new(1000, 100);

    /// <summary>GOAWAY; a graceful end takes two. Default 8 and none later.</summary>
    public FloodLimit GoAways { get; init; } = new(8, 0);

    // Where a client begins to count, which is 1; higher only to see the end of the ids.
    internal int FirstStreamId { get; init; } = 1;

    /// <summary>The most bytes that one call to Receive can leave unread while it waits for the rest of a frame: what the owner's input buffer must be able to hold.</summary>
    public int MaxInputBuffered =>
        FrameHeader.Length + Math.Max(Http2Connection.MaxSettingsPayload, Math.Min(MaxFrameSize, MaxHeaderBlockSize + Http2Connection.HeadersOverhead));

    internal void Validate()
    {
        Require(MaxConcurrentStreams >= 0, "MaxConcurrentStreams is 0 or more");
        Require(InitialStreamWindow >= 1, "InitialStreamWindow is 1 or more");
        Require(MaxStreamWindow >= InitialStreamWindow, "MaxStreamWindow is at least InitialStreamWindow");
        Require(ConnectionWindow >= 65_535, "ConnectionWindow is 65535 or more: the protocol starts with that");
        Require(WindowGrowthBudget >= 0, "WindowGrowthBudget is 0 or more");
        Require(
            MaxFrameSize is >= FrameHeader.LeastMaxPayload and <= FrameHeader.GreatestMaxPayload, "MaxFrameSize is 16384 to 16777215");
        Require(MaxDataFrameSize >= 1, "MaxDataFrameSize is 1 or more");
        Require(HeaderTableSize >= 0 && EncoderTableSize >= 0, "HeaderTableSize and EncoderTableSize are 0 or more");
        Require(MaxHeaderListSize >= 1 && MaxHeaderFields >= 1, "MaxHeaderListSize and MaxHeaderFields are 1 or more");
        Require(MaxHeaderBlockSize >= 1 && MaxContinuationFrames >= 0, "MaxHeaderBlockSize is 1 or more, MaxContinuationFrames 0 or more");
        Require(MaxInterimResponses >= 0, "MaxInterimResponses is 0 or more");
        Require(RememberedStreams >= 1, "RememberedStreams is 1 or more");
    }

    private static void Require(bool condition, string rule)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"Http2Options: {rule}.");
        }
    }
}
