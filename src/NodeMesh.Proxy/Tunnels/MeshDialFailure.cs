using NodeMesh.Linux;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>Why a mesh link could not be had.</summary>
internal sealed record MeshDialFailure(RefusalCode Refusal, string Detail)
{
    public static MeshDialFailure FromConnect(IpEndpoint address, int errno) => new(
        errno == Errno.ETIMEDOUT ? RefusalCode.Timeout : RefusalCode.ConnectFailed,
        $"connect to the daemon at {address}: {Errno.Describe(errno)}");

    public static MeshDialFailure FromTls(IpEndpoint address, TlsFailure failure) =>
        new(RefusalOf(failure.Code), $"TLS with the daemon at {address}: {failure.Detail}");

    public static RefusalCode RefusalOf(TlsFailureCode code) => code switch
    {
        TlsFailureCode.NoLocalIdentity => RefusalCode.NoCertificate,
        TlsFailureCode.UnexpectedIdentity or TlsFailureCode.UnknownServerName => RefusalCode.TlsPeerIdentity,
        TlsFailureCode.UntrustedPeer or TlsFailureCode.InvalidPeerSvid or TlsFailureCode.NoPeerCertificate
            or TlsFailureCode.PeerCertificateExpired or TlsFailureCode.PeerCertificateNotYetValid
            or TlsFailureCode.PeerAlert => RefusalCode.TlsUntrusted,
        TlsFailureCode.Timeout => RefusalCode.Timeout,
        _ => RefusalCode.TlsHandshake,
    };
}
