namespace NodeMesh.Transport.Tls;

/// <summary>Turns what OpenSSL left in its error queue, and what our own callbacks decided, into one failure.</summary>
internal static class TlsFailureText
{
    public static TlsFailure FromErrorQueue(TlsFailure? ours)
    {
        var reason = OpenSslErrors.FirstReason();
        var text = OpenSslErrors.Drain();
        if (ours is not null)
        {
            return text.Length > 0 ? ours with { Detail = $"{ours.Detail} [OpenSSL: {text}]" } : ours;
        }

        if (reason is > LibSsl.SSL_AD_REASON_OFFSET and <= LibSsl.SSL_AD_REASON_OFFSET + byte.MaxValue)
        {
            var alert = (byte)(reason - LibSsl.SSL_AD_REASON_OFFSET);
            return new TlsFailure(TlsFailureCode.PeerAlert, $"the peer refused with alert {alert} [OpenSSL: {text}]", alert);
        }

        return reason switch
        {
            LibSsl.SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE =>
                new(TlsFailureCode.NoPeerCertificate, $"the client presented no certificate; a mesh peer needs an X.509-SVID [OpenSSL: {text}]"),
            LibSsl.SSL_R_UNSUPPORTED_PROTOCOL =>
                new(TlsFailureCode.UnsupportedVersion, $"the peer offers no TLS 1.3 [OpenSSL: {text}]"),
            LibSsl.SSL_R_HTTP_REQUEST or LibSsl.SSL_R_HTTPS_PROXY_REQUEST or LibSsl.SSL_R_WRONG_VERSION_NUMBER =>
                new(TlsFailureCode.NotTls, $"the peer's bytes are not TLS [OpenSSL: {text}]"),
            _ => new(TlsFailureCode.Protocol, $"the TLS exchange failed [OpenSSL: {text}]"),
        };
    }
}
