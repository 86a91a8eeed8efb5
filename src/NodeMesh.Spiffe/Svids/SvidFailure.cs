namespace NodeMesh.Spiffe.Svids;

/// <summary>Why an X.509-SVID was refused. Each value is one rule of the X509-SVID standard or one bound of ours.</summary>
public enum SvidFailure
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>The peer sent no certificate.</summary>
    NoCertificate,

    /// <summary>The chain holds more certificates than <see cref="SvidValidator.MaxChainLength"/>.</summary>
    ChainTooLong,

    /// <summary>A certificate is larger than <see cref="SvidValidator.MaxCertificateLength"/>.</summary>
    CertificateTooLarge,

    /// <summary>The bytes are not an X.509 certificate, or one of its extensions cannot be read or stands there twice.</summary>
    MalformedCertificate,

    /// <summary>The leaf has no URI SAN (X509-SVID, section 2).</summary>
    NoUriSan,

    /// <summary>The leaf has more than one URI SAN (X509-SVID, section 2).</summary>
    SeveralUriSans,

    /// <summary>The leaf's URI SAN is not a SPIFFE ID.</summary>
    MalformedSpiffeId,

    /// <summary>The leaf's SPIFFE ID has no path (X509-SVID, section 3.1).</summary>
    RootPath,

    /// <summary>The leaf has no subject and its SAN is not critical (X509-SVID, section 3.1).</summary>
    SanNotCritical,

    /// <summary>The leaf is a CA certificate (X509-SVID, section 5.2).</summary>
    LeafIsAuthority,

    /// <summary>The leaf has no KeyUsage (X509-SVID, section 4.3).</summary>
    KeyUsageMissing,

    /// <summary>The leaf's KeyUsage is not critical (X509-SVID, section 4.3).</summary>
    KeyUsageNotCritical,

    /// <summary>The leaf's KeyUsage has keyCertSign or cRLSign, or lacks digitalSignature (X509-SVID, section 4.3).</summary>
    WrongKeyUsage,

    /// <summary>The leaf has an ExtendedKeyUsage without both serverAuth and clientAuth (X509-SVID, section 4.4).</summary>
    WrongExtendedKeyUsage,

    /// <summary>There is no bundle for the leaf's trust domain.</summary>
    UnknownTrustDomain,

    /// <summary>The leaf is valid later only, or a certificate above it is.</summary>
    NotYetValid,

    /// <summary>The leaf, or a certificate above it, is no longer valid.</summary>
    Expired,

    /// <summary>No valid path (RFC 5280, section 6) leads from the leaf to an authority of its trust domain's bundle.</summary>
    UntrustedChain,

    /// <summary>The SVID is valid, but of another identity than the one expected.</summary>
    UnexpectedIdentity,
}
