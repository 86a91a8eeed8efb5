using NodeMesh.Linux.Sockets;

namespace NodeMesh.Transport.Connections;

/// <summary>How outgoing sockets are made. One instance serves all connections of a kind.</summary>
public sealed record ConnectOptions
{
    /// <summary>The firewall mark that keeps our own connections from being redirected to ourselves; 0 sets none.</summary>
    public uint Mark { get; init; }

    /// <summary>Until the three-way handshake ends.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The same with another timeout, or with its own where there is no other.</summary>
    public ConnectOptions Within(TimeSpan? timeout) => timeout is null || timeout == Timeout ? this : this with { Timeout = timeout.Value };

    /// <summary>The source address, port 0 for any; null leaves it to the kernel.</summary>
    public IpEndpoint? Source { get; init; }

    /// <summary>The source address is not one of ours (IP_TRANSPARENT).</summary>
    public bool Transparent { get; init; }

    /// <summary>Idle time before the first TCP keepalive probe; zero sends none.</summary>
    public TimeSpan KeepAliveIdle { get; init; } = TimeSpan.FromSeconds(180);

    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(180);

    public int KeepAliveProbes { get; init; } = 9;

    /// <summary>How long sent data may stay unacknowledged; zero leaves the kernel's default.</summary>
    public TimeSpan UserTimeout { get; init; }
}
