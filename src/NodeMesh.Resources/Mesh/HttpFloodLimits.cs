namespace NodeMesh.Resources.Mesh;

/// <summary>
/// What HTTP/2 peers may do before their connection is closed with ENHANCE_YOUR_CALM. A mesh link, which carries the requests of many clients, may do
/// ten times as much.
/// </summary>
public sealed record HttpFloodLimits
{
    /// <summary>Requests reset before they are answered.</summary>
    public HttpFloodLimit RapidResets { get; init; } = new(1000, 33);

    /// <summary>Streams that break a rule, and so make us reset them.</summary>
    public HttpFloodLimit StreamErrors { get; init; } = new(1000, 33);

    /// <summary>Streams opened above the limit on concurrent ones.</summary>
    public HttpFloodLimit RefusedStreams { get; init; } = new(1000, 100);

    /// <summary>RST_STREAM for streams that are closed.</summary>
    public HttpFloodLimit LateResets { get; init; } = new(1000, 100);

    /// <summary>PING beyond one for each DATA or HEADERS frame.</summary>
    public HttpFloodLimit Pings { get; init; } = new(200, 20);

    /// <summary>SETTINGS.</summary>
    public HttpFloodLimit Settings { get; init; } = new(32, 1);

    /// <summary>PRIORITY beyond a hundred for each stream.</summary>
    public HttpFloodLimit Priorities { get; init; } = new(500, 10);

    /// <summary>WINDOW_UPDATE beyond twenty for each DATA frame.</summary>
    public HttpFloodLimit WindowUpdates { get; init; } = new(5000, 100);

    /// <summary>Frames of types that nobody knows.</summary>
    public HttpFloodLimit UnknownFrames { get; init; } = new(1000, 100);

    /// <summary>GOAWAY.</summary>
    public HttpFloodLimit GoAways { get; init; } = new(8, 0);

    /// <summary>CONTINUATION frames in one header block.</summary>
    public int MaxContinuationFrames { get; init; } = 16;

    /// <summary>Frames without payload and without an end that may follow each other.</summary>
    public int MaxEmptyFrames { get; init; } = 1;

    /// <summary>Bytes of answers to PING, SETTINGS and resets that wait because the peer does not read.</summary>
    public int MaxUnreadAnswerBytes { get; init; } = 64 * 1024;
}
