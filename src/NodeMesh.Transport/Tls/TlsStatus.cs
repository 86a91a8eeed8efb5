namespace NodeMesh.Transport.Tls;

/// <summary>What a step of a <see cref="TlsSession"/> came to, and so what its loop waits for.</summary>
public enum TlsStatus
{
    /// <summary>The step did its work.</summary>
    Done,

    /// <summary>Call again when the descriptor is readable.</summary>
    WantRead,

    /// <summary>Call again when the descriptor is writable; a write with at least the same bytes at its head.</summary>
    WantWrite,

    /// <summary>The peer ended its half with close_notify: a whole stream. Ours may go on.</summary>
    Closed,

    /// <summary>The peer's bytes ended without close_notify: the stream may have been cut, and is an error (RFC 8446, section 6.1).</summary>
    Truncated,

    /// <summary>The session is over; <see cref="TlsSession.Failure"/> says why.</summary>
    Failed,
}
