using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Requests;

/// <summary>Makes a way for bytes to what an <see cref="UpstreamKey"/> names: over TCP, or in a tunnel of a mesh link. On its loop.</summary>
internal sealed class UpstreamDialer(EventLoop loop, ConnectOptions connect, MeshLinkPool links)
{
    /// <param name="alternates">Dialled in this order when the key's own address takes no connection.</param>
    /// <param name="timeout">For each address; null for the daemon's own.</param>
    public async ValueTask<(ILoopDuplex? Carrier, DialFailure? Failure)> DialAsync(
        UpstreamKey key, IReadOnlyList<IpEndpoint> alternates, TimeSpan? timeout, CancellationToken cancellation)
    {
        if (key.Tunnelled is { } endpoint)
        {
            var opened = await links.OpenAsync(key.Source!, endpoint, forwarded: null, timeout, cancellation);
            return opened.Stream is { } tunnel ? (tunnel, null) : (null, new DialFailure(opened.Refusal, opened.Detail!));
        }

        var (address, options) = (key.Address, connect.Within(timeout));
        for (var next = 0; ; next++)
        {
            var result = await Connector.ConnectAsync(loop, address, options, cancellation);
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
