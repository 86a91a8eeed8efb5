using System.ComponentModel;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Linux.Diagnostics;

/// <summary>
/// Asks the kernel's connection tracking what a redirected connection looked like before NAT (NETLINK_NETFILTER, ctnetlink). Needs CAP_NET_ADMIN.
/// <para>
/// All captured connections of a machine end at one address and port, so two that share their source address and port, which TCP allows
/// towards two destinations, would be one after NAT: the kernel then gives one of them another source port, and only conntrack knows the
/// true one. One instance belongs to one event loop; a look-up is two system calls, allocates nothing and cannot block.
/// </para>
/// </summary>
public sealed class ConnectionTracking : IDisposable
{
    private const int AnswerBufferLength = 4096;

    private readonly NetlinkSocket _socket;
    private uint _sequence;

    private ConnectionTracking(NetlinkSocket socket) => _socket = socket;

    /// <exception cref="Win32Exception">The kernel has no ctnetlink.</exception>
    public static ConnectionTracking Open() => new(NetlinkSocket.Open(NetlinkInterop.NETLINK_NETFILTER, "NETLINK_NETFILTER"));

    /// <summary>The address and port that the client's own socket has.</summary>
    /// <param name="local">The accepted socket's own address: what the connection was redirected to.</param>
    /// <param name="peer">The accepted socket's peer address: the client's, perhaps with another port than the client has.</param>
    /// <returns>Found; NotFound when the connection is not tracked; Error with EPERM without the capability.</returns>
    public SocketLookupResult TryFindSource(in IpEndpoint local, in IpEndpoint peer, out IpEndpoint source)
    {
        source = default;
        if (local.IsIPv4 != peer.IsIPv4)
        {
            return SocketLookupResult.Failed(Errno.EINVAL);
        }

        Span<byte> buffer = stackalloc byte[AnswerBufferLength];
        var sequence = ++_sequence;
        var length = ConnectionTrackingMessage.WriteRequest(buffer, sequence, local, peer);
        var received = _socket.Exchange(buffer, length, sequence);
        if (received < 0)
        {
            return SocketLookupResult.Failed(-received);
        }

        return SocketLookupResult.From(ConnectionTrackingMessage.Parse(buffer[..received], sequence, out source, out var errno), errno);
    }

    public void Dispose() => _socket.Dispose();
}
