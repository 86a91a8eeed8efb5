using NodeMesh.Linux;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Sessions;

/// <summary>Why a connection or a stream of one could not be had.</summary>
internal sealed record DialFailure(RefusalCode Refusal, string Detail)
{
    // RFC 8446, section 6.2
    private const byte HandshakeFailure = 40;
    private const byte ProtocolVersion = 70;
    private const byte InsufficientSecurity = 71;
    private const byte UnrecognizedName = 112;
    private const byte NoApplicationProtocol = 120;

    /// <summary>Who asked is gone.</summary>
    public static DialFailure Abandoned { get; } = new(RefusalCode.DownstreamClosed, "the client left before its upstream was connected");

    /// <summary>All connections are full for too long.</summary>
    public static DialFailure NoRoom { get; } = new(RefusalCode.Overload, "no stream became free on the HTTP/2 connections in time");

    /// <summary>The dial goes on, for others.</summary>
    public static DialFailure NotInTime { get; } = new(RefusalCode.Timeout, "no connection was made in time (timeouts.connect)");

    public static DialFailure ShuttingDown { get; } = new(RefusalCode.Draining, "the daemon is shutting down");

    /// <param name="peer">What listens there, in words.</param>
    public static DialFailure FromConnect(string peer, IpEndpoint address, int errno) => errno == Errno.ECANCELED
        ? Abandoned
        : new DialFailure(
            errno == Errno.ETIMEDOUT ? RefusalCode.Timeout : RefusalCode.ConnectFailed, $"connect to {peer} at {address}: {Errno.Describe(errno)}");

    public static DialFailure FromTls(IpEndpoint address, TlsFailure failure) =>
        new(RefusalOf(failure), $"TLS with the daemon at {address}: {failure.Detail}");

    public static RefusalCode RefusalOf(TlsFailure failure) => failure.Code switch
    {
        TlsFailureCode.NoLocalIdentity => RefusalCode.NoCertificate,
        // The peer's daemon has no certificate of the identity that was asked for by name.
        TlsFailureCode.PeerAlert when failure.Alert is UnrecognizedName => RefusalCode.TlsPeerIdentity,
        TlsFailureCode.UnexpectedIdentity or TlsFailureCode.UnknownServerName => RefusalCode.TlsPeerIdentity,
        // Alerts by which a peer says that versions, ciphers or protocols do not fit; the others are about certificates.
        TlsFailureCode.PeerAlert when failure.Alert is HandshakeFailure or ProtocolVersion or InsufficientSecurity or NoApplicationProtocol => RefusalCode.TlsHandshake,
        TlsFailureCode.UntrustedPeer or TlsFailureCode.InvalidPeerSvid or TlsFailureCode.NoPeerCertificate
            or TlsFailureCode.PeerCertificateExpired or TlsFailureCode.PeerCertificateNotYetValid
            or TlsFailureCode.PeerAlert => RefusalCode.TlsUntrusted,
        TlsFailureCode.Timeout => RefusalCode.Timeout,
        _ => RefusalCode.TlsHandshake,
    };
}
