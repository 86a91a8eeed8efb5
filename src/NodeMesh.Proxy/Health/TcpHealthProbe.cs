using System.Net.Sockets;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Health;

/// <summary>
/// Opens a TCP connection and closes it with a reset, so that probes leave no TIME_WAIT behind. An ordinary .NET socket on the thread pool;
/// it carries the daemon's fwmark, so that its own redirection rules let it through.
/// </summary>
public sealed class TcpHealthProbe
{
    private readonly uint _mark;

    /// <param name="mark">The fwmark; 0 sets none. Setting one needs CAP_NET_RAW or CAP_NET_ADMIN.</param>
    public TcpHealthProbe(uint mark)
    {
        _mark = mark;
    }

    public async Task<bool> ProbeAsync(IpEndpoint address, CancellationToken cancellationToken)
    {
        var target = address.ToIPEndPoint();
        using var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            SocketMark.Set(socket, _mark);
            await socket.ConnectAsync(target, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
