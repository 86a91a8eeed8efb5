using System.Globalization;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources;
using NodeMesh.Resources.Authentication;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>The words that the API has for values.</summary>
internal static class Texts
{
    public static string Of(IpEndpoint address) => address.ToString(null, CultureInfo.InvariantCulture);

    public static string Of(PeerAuthenticationMode mode) => mode switch
    {
        PeerAuthenticationMode.Strict => "STRICT",
        PeerAuthenticationMode.Permissive => "PERMISSIVE",
        _ => "DISABLE",
    };

    public static string Of(AppProtocol protocol) => protocol switch
    {
        AppProtocol.Auto => "auto",
        AppProtocol.Tcp => "tcp",
        AppProtocol.Http => "http",
        AppProtocol.Http2 => "http2",
        AppProtocol.Grpc => "grpc",
        _ => "tls",
    };

    public static string Of(EndpointKind kind) => kind switch
    {
        EndpointKind.Local => "local",
        EndpointKind.Mesh => "mesh",
        _ => "plain",
    };
}
