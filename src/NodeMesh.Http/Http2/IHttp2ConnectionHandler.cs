using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http2;

/// <summary>
/// What an <see cref="Http2Connection"/> reports to its owner, from inside Receive (or Terminate), on the thread that called it.
/// Any call on streams and connection is allowed from inside, except Receive. Spans and header lists are valid during the call only.
/// </summary>
public interface IHttp2ConnectionHandler
{
    /// <summary>A request (server; the stream is new) or the final response (client).</summary>
    void OnHeaders(Http2Stream stream, HeaderList headers, bool endStream);

    /// <summary>
    /// A request whose header list is above the limits (server; the stream is new). True when the handler has answered it, with 431 (RFC 6585, 5)
    /// and the end of the stream; false to have it reset with ENHANCE_YOUR_CALM. Counts as a stream error either way.
    /// </summary>
    bool OnHeadersTooLarge(Http2Stream stream, bool endStream) => false;

    /// <summary>An interim response with a 1xx status (client); the final one follows.</summary>
    void OnInformational(Http2Stream stream, HeaderList headers)
    {
    }

    /// <summary>
    /// A piece of the body; <paramref name="endStream"/> with the last, which may be empty. The bytes count against the stream's
    /// window until <see cref="Http2Stream.Consume"/> is called.
    /// </summary>
    void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream);

    /// <summary>The fields behind the body; they end the stream from the peer's side.</summary>
    void OnTrailers(Http2Stream stream, HeaderList trailers);

    /// <summary>
    /// The stream ended early: reset by the peer (<see cref="Http2Stream.ResetByPeer"/>), by the engine because the peer broke a rule,
    /// refused unprocessed (REFUSED_STREAM, by RST_STREAM or GOAWAY: safe to repeat), or lost with the connection. NO_ERROR when
    /// <see cref="Http2Stream.RemoteEnded"/>: the response is complete and the server wants no more of the request. Not called for <see cref="Http2Stream.Reset"/>.
    /// </summary>
    void OnReset(Http2Stream stream, Http2ErrorCode code);

    /// <summary>A stream whose last WriteData was not accepted whole can send again.</summary>
    void OnSendWindow(Http2Stream stream);

    /// <summary>The peer's settings came or changed: <see cref="Http2Connection.PeerMaxConcurrentStreams"/> may be another.</summary>
    void OnPeerSettings()
    {
    }

    /// <summary>The peer opens no streams or accepts no more. Streams above the last id are reset with REFUSED_STREAM right after.</summary>
    void OnGoAway(int lastStreamId, Http2ErrorCode code);

    /// <summary>The answer to <see cref="Http2Connection.Ping"/>.</summary>
    void OnPingAck(ulong opaque);

    /// <summary>A stream was refused or reset before the handler knew it, or by the engine; for logs, and counters by <see cref="Http2StreamFaultLabels"/>.</summary>
    void OnStreamError(int streamId, Http2StreamFault fault, Http2ErrorCode code, string reason)
    {
    }

    /// <summary>
    /// The connection broke a rule; GOAWAY is in the output, to be flushed before closing. Open streams are reset right after.
    /// <see cref="Http2Connection.Flood"/> tells abuse from mistakes.
    /// </summary>
    void OnConnectionError(Http2ErrorCode code, string reason);
}
