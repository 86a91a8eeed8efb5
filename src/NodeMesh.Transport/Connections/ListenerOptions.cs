namespace NodeMesh.Transport.Connections;

/// <summary>How a listener is bound.</summary>
public sealed record ListenerOptions
{
    /// <summary>Connections that wait to be accepted; the kernel caps it at net.core.somaxconn.</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>An IPv6 listener takes IPv4 too, as v4-mapped.</summary>
    public bool DualStack { get; init; }

    /// <summary>Idle time before the first TCP keepalive probe to a client.</summary>
    public TimeSpan KeepAliveIdle { get; init; } = TimeSpan.FromSeconds(180);

    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(180);

    public int KeepAliveProbes { get; init; } = 9;

    /// <summary>Takes connections for addresses that are not local (TPROXY).</summary>
    public bool Transparent { get; init; }
}
