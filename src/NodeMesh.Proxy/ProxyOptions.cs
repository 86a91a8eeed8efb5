using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Dns;

namespace NodeMesh.Proxy;

/// <summary>How the data path is set up. Fixed for the life of the process.</summary>
public sealed record ProxyOptions
{
    /// <summary>The firewall mark on every socket that the daemon opens, by which its own traffic is not captured; 0 sets none.</summary>
    public uint Mark { get; init; }

    /// <summary>Event loops: one per core.</summary>
    public int LoopCount { get; init; } = Environment.ProcessorCount;

    /// <summary>Where connections of local processes are redirected to.</summary>
    public IReadOnlyList<IpEndpoint> OutboundListeners { get; init; } = [];

    /// <summary>Where plaintext for local workloads is redirected to.</summary>
    public IReadOnlyList<IpEndpoint> InboundListeners { get; init; } = [];

    /// <summary>Where other daemons connect.</summary>
    public IReadOnlyList<IpEndpoint> MeshListeners { get; init; } = [];

    /// <summary>For one TCP connect, to an application or another daemon.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For a TLS handshake, in either role.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A carried connection without a byte in either direction ends after this; zero never.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Where the names of ServiceEntries are asked for, and the daemon's own DNS server, which is not to be asked.</summary>
    public DnsOptions Dns { get; init; } = new();

    /// <summary>The Node resource that this machine is.</summary>
    public required string NodeName { get; init; }
}
