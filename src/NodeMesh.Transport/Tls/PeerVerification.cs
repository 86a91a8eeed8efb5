using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Transport.Tls;

/// <summary>Puts what SPIFFE says of a peer's certificates into the words of a handshake.</summary>
internal static class PeerVerification
{
    /// <summary>The peer, or null with the rule that its certificates break.</summary>
    public static TlsPeer? Verify(byte[][] chain, SvidValidator validator, out TlsFailure? failure)
    {
        var validation = validator.Validate([.. chain.Select(der => (ReadOnlyMemory<byte>)der)]);
        failure = validation.IsValid ? null : new TlsFailure(Code(validation.Failure), $"{validation.Detail} [{validation.Failure}]");
        return validation.IsValid ? new TlsPeer(validation.Id, chain, validation.NotAfter) : null;
    }

    private static TlsFailureCode Code(SvidFailure failure) => failure switch
    {
        SvidFailure.NoCertificate => TlsFailureCode.NoPeerCertificate,
        SvidFailure.Expired => TlsFailureCode.PeerCertificateExpired,
        SvidFailure.NotYetValid => TlsFailureCode.PeerCertificateNotYetValid,
        SvidFailure.UnknownTrustDomain or SvidFailure.UntrustedChain => TlsFailureCode.UntrustedPeer,
        SvidFailure.UnexpectedIdentity => TlsFailureCode.UnexpectedIdentity,
        _ => TlsFailureCode.InvalidPeerSvid,
    };
}
