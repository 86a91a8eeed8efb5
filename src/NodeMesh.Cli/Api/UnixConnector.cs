using System.Net.Sockets;

namespace NodeMesh.Cli.Api;

/// <summary>Opens the connections of a client to a unix socket. Lives as long as the client; keeps nothing.</summary>
internal sealed class UnixConnector(ApiPeer peer, string path)
{
    public SocketsHttpHandler Handler() =>
        new() { ConnectCallback = ConnectAsync, UseProxy = false, AllowAutoRedirect = false, UseCookies = false };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw Unconnected(e);
        }
    }

    private ApiException Unconnected(Exception error) => error switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } => new ApiException(ApiFailure.Forbidden, $"permission denied at {path}", peer.Forbidden),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new ApiException(
            ApiFailure.Unreachable, $"nobody listens at {path}", $"{peer.Program} has ended without removing it; start it: systemctl start {peer.Program}"),
        ArgumentException => new ApiException(
            ApiFailure.Unreachable, $"{path} cannot be the path of a socket: {error.Message}", $"give a path of at most 107 bytes with {peer.Option}"),
        _ when !File.Exists(path) => new ApiException(
            ApiFailure.Unreachable,
            $"there is no socket {path}",
            $"is {peer.Program} running? systemctl status {peer.Program}; if it uses another path, give it with {peer.Option}"),
        _ => new ApiException(
            ApiFailure.Unreachable, $"cannot connect to {path}: {error.Message}", $"is {peer.Program} running? systemctl status {peer.Program}"),
    };
}
