namespace NodeMesh.Http.Http2;

/// <summary>Why a stream could not be opened.</summary>
public enum Http2OpenFailure
{
    None,

    /// <summary>The peer's concurrency limit is reached: wait for a stream to end, or use another connection.</summary>
    TooManyStreams,

    /// <summary>A GOAWAY was received or sent: use another connection.</summary>
    Draining,

    /// <summary>The stream ids of this connection are used up: use another connection.</summary>
    IdsExhausted,

    /// <summary>The connection is closed.</summary>
    Closed,

    /// <summary>The header list is larger than the peer accepts (its SETTINGS_MAX_HEADER_LIST_SIZE).</summary>
    HeaderListTooLarge,

    /// <summary>The request has <c>:protocol</c>, and the peer did not enable extended CONNECT (RFC 8441, 3).</summary>
    NoExtendedConnect,
}
