using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Requests;

/// <summary>Connects to what an <see cref="UpstreamKey"/> names, over TCP. On its loop.</summary>
internal sealed class UpstreamDialer(EventLoop loop, ConnectOptions connect)
{
    /// <param name="alternates">Dialled in this order when the key's own address takes no connection.</param>
    public async ValueTask<(ILoopDuplex? Carrier, DialFailure? Failure)> DialAsync(
        UpstreamKey key, IReadOnlyList<IpEndpoint> alternates, CancellationToken cancellation)
    {
        var address = key.Address;
        for (var next = 0; ; next++)
        {
            var result = await Connector.ConnectAsync(loop, address, connect, cancellation);
            if (result.Connection is { } connection)
            {
                return (connection, null);
            }

            if (next == alternates.Count || cancellation.IsCancellationRequested)
            {
                return (null, DialFailure.FromConnect("the upstream", address, result.Error));
            }

            address = alternates[next];
        }
    }
}
