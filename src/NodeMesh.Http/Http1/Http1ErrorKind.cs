namespace NodeMesh.Http.Http1;

/// <summary>Which rule the peer of an HTTP/1.1 connection broke.</summary>
public enum Http1ErrorKind
{
    /// <summary>A request line or status line that is none.</summary>
    BadStartLine,

    /// <summary>The request line is longer than <see cref="Http1Options.MaxStartLine"/>.</summary>
    StartLineTooLong,

    /// <summary>A major version other than 1.</summary>
    UnsupportedVersion,

    /// <summary>A field line that is none, or holds a byte that must not be there.</summary>
    BadField,

    /// <summary>The head or the trailers exceed their bounds in bytes or fields.</summary>
    HeadTooLarge,

    /// <summary>A request's head did not end in the time its owner allows.</summary>
    SlowHead,

    /// <summary>Host is missing, there twice, or no host.</summary>
    BadHost,

    /// <summary>Content-Length and Transfer-Encoding leave in doubt where the message ends.</summary>
    BadFraming,

    /// <summary>A transfer coding other than chunked.</summary>
    UnsupportedTransferCoding,

    /// <summary>The chunked coding is broken, or beyond its bounds.</summary>
    BadChunk,

    /// <summary>CONNECT where <see cref="Http1Options.AllowConnect"/> is off.</summary>
    ConnectRefused,

    /// <summary>101 that was not asked for, or that fails the WebSocket handshake.</summary>
    BadUpgrade,

    /// <summary>More interim responses than <see cref="Http1Options.MaxInterimResponses"/>.</summary>
    TooManyInterimResponses,

    /// <summary>The server sent bytes that answer nothing.</summary>
    Unsolicited,

    /// <summary>The server closed before the first byte of its response.</summary>
    ClosedBeforeResponse,

    /// <summary>The peer closed within a message.</summary>
    Truncated,
}
