namespace NodeMesh.Transport.Tls;

/// <summary>Why a TLS session failed, as the refusal codes, the access log and the metrics count it.</summary>
public enum TlsFailureCode
{
    /// <summary>A fault of our own, for example out of memory.</summary>
    Internal,

    /// <summary>This node holds no SVID for the identity that the connection should speak as.</summary>
    NoLocalIdentity,

    /// <summary>The ClientHello names no identity that lives here.</summary>
    UnknownServerName,

    /// <summary>The peer does not speak HTTP/2 by ALPN.</summary>
    NoApplicationProtocol,

    /// <summary>The peer offers nothing as new as TLS 1.3.</summary>
    UnsupportedVersion,

    /// <summary>The peer's bytes are not TLS.</summary>
    NotTls,

    /// <summary>The peer broke the protocol, or shares no cipher or group with us.</summary>
    Protocol,

    /// <summary>The client presented no certificate.</summary>
    NoPeerCertificate,

    /// <summary>The peer's SVID or one of its issuers has expired.</summary>
    PeerCertificateExpired,

    /// <summary>The peer's SVID or one of its issuers is not valid yet.</summary>
    PeerCertificateNotYetValid,

    /// <summary>The peer's SVID does not lead to a bundle of its trust domain, or that trust domain is not known.</summary>
    UntrustedPeer,

    /// <summary>The peer's certificate breaks a rule of X.509-SVID.</summary>
    InvalidPeerSvid,

    /// <summary>The peer proved an identity, but not one that was wanted.</summary>
    UnexpectedIdentity,

    /// <summary>The peer refused us with a fatal alert.</summary>
    PeerAlert,

    /// <summary>The peer's bytes ended without close_notify.</summary>
    Truncated,

    /// <summary>The handshake did not end within its deadline.</summary>
    Timeout,

    /// <summary>The connection under the session broke.</summary>
    ConnectionLost,
}
