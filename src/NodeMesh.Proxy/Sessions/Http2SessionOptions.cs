using NodeMesh.Http.Http2;
using NodeMesh.Resources.Mesh;
using NodeMesh.Transport.Buffers;

namespace NodeMesh.Proxy.Sessions;

/// <summary>Limits and deadlines of HTTP/2 connections. Defaults follow ztunnel's where it has one.</summary>
internal record Http2SessionOptions
{
    private const int LeastFrameSize = 16 * 1024;

    /// <summary>Streams and windows. A DATA frame with its header fills one buffer, and so one TLS record.</summary>
    public Http2Options Http2 { get; init; } = new()
    {
        MaxDataFrameSize = PooledBuffer.PayloadSize,
        MaxFrameSize = 1024 * 1024,
        AllowExtendedConnect = true,
    };

    /// <summary>Streams and windows, with the limits that the mesh's settings say.</summary>
    /// <param name="ownFields">How many fields above them daemons may have added.</param>
    /// <param name="ownBytes">The same in bytes.</param>
    /// <param name="clients">For how many clients it may stand, each of which may do what leads to a flood.</param>
    public Http2Options LimitedBy(HttpSettings settings, int ownFields = 0, int ownBytes = 0, int clients = 1)
    {
        FloodLimit Of(HttpFloodLimit limit) => new(limit.Burst * clients, limit.PerSecond * clients);
        var floods = settings.Floods;
        var list = settings.MaxHeaderBytes + ownBytes;

        // Twice the list, so that one that is merely too large costs its stream and not the connection; twice the frames that this takes.
        var block = Math.Max(Http2.MaxHeaderBlockSize, 2 * list);
        return Http2 with
        {
            MaxHeaderListSize = list,
            MaxHeaderFields = settings.MaxHeaderFields + ownFields,
            MaxHeaderBlockSize = block,
            MaxContinuationFrames = Math.Max(floods.MaxContinuationFrames, 2 * block / LeastFrameSize),
            MaxConsecutiveEmptyFrames = floods.MaxEmptyFrames,
            MaxUnreadAnswers = floods.MaxUnreadAnswerBytes,
            RapidResets = Of(floods.RapidResets),
            StreamErrors = Of(floods.StreamErrors),
            RefusedStreams = Of(floods.RefusedStreams),
            LateResets = Of(floods.LateResets),
            Pings = Of(floods.Pings),
            Settings = Of(floods.Settings),
            Priorities = Of(floods.Priorities),
            WindowUpdates = Of(floods.WindowUpdates),
            UnknownFrames = Of(floods.UnknownFrames),
            GoAways = Of(floods.GoAways),
        };
    }

    /// <summary>Silence after which the peer is asked whether it lives.</summary>
    public TimeSpan KeepAliveIdle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the answer may take before the connection is given up.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A connection without streams is closed after this.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the peer's SETTINGS, and before that for TLS.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the first byte of a header block to its last.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For an orderly close: from our end of stream to the peer's.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Unsent bytes at which a connection is given up: far above what a peer that reads ever meets.</summary>
    public int MaxBacklog { get; init; } = 1024 * 1024;

    /// <summary>The clock that certificates are held against.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
