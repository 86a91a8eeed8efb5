using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Dns;

/// <summary>How the local DNS server listens and where it asks.</summary>
public sealed record DnsOptions
{
    public const int DefaultPort = 15053;

    /// <summary>
    /// Where to listen, UDP and TCP alike; port 0 takes a free one. Wildcard addresses are refused: over UDP the answer could leave from
    /// another address than was asked, which clients and connection tracking drop.
    /// </summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [new(IPAddress.Loopback, DefaultPort), new(IPAddress.IPv6Loopback, DefaultPort)];

    /// <summary>The servers for every other name; null reads <see cref="ResolvConf"/>, and again when it changes. Empty forwards nothing.</summary>
    public IReadOnlyList<IPEndPoint>? Upstreams { get; init; }

    public string ResolvConf { get; init; } = "/etc/resolv.conf";

    /// <summary>hosts(5), asked before any server when this node itself needs an address.</summary>
    public string Hosts { get; init; } = "/etc/hosts";

    /// <summary>The fwmark (SO_MARK) of upstream sockets, so that our own rules never capture them; 0 for none. Needs CAP_NET_RAW.</summary>
    public int Mark { get; init; }

    /// <summary>How long one upstream server has for an answer.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the list of upstream servers is gone through.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>Queries under way to upstream servers at one time; more get SERVFAIL at once.</summary>
    public int MaxForwards { get; init; } = 512;

    /// <summary>Open TCP connections of clients at one time; more wait in the kernel's backlog.</summary>
    public int MaxTcpConnections { get; init; } = 128;

    /// <summary>How long a TCP client may be silent between queries (RFC 7766 section 6.2.3).</summary>
    public TimeSpan TcpIdleTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Makes a socket for asking upstream servers, with the mark on it before its first packet.</summary>
    /// <exception cref="SocketException">The mark may not be set.</exception>
    internal Socket MakeUpstreamSocket(AddressFamily family, SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(family, type, protocol);
        try
        {
            SocketMark.Set(socket, (uint)Mark);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }

        return socket;
    }

    /// <summary>Fails now rather than with every query.</summary>
    /// <exception cref="IOException">The mark may not be set.</exception>
    internal void CheckMark()
    {
        try
        {
            MakeUpstreamSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp).Dispose();
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot set the mark 0x{Mark:x} on upstream DNS sockets (SO_MARK needs CAP_NET_RAW): {e.Message}", e);
        }
    }
}
