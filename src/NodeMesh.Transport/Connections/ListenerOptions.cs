namespace NodeMesh.Transport.Connections;

/// <summary>How a listener is bound.</summary>
public sealed record ListenerOptions
{
    /// <summary>Connections that wait to be accepted; the kernel caps it at net.core.somaxconn.</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>An IPv6 listener takes IPv4 too, as v4-mapped.</summary>
    public bool DualStack { get; init; }

    /// <summary>Takes connections for addresses that are not local (TPROXY).</summary>
    public bool Transparent { get; init; }
}
