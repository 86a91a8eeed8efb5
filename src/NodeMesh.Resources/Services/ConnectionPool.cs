namespace NodeMesh.Resources.Services;

/// <summary>What a node allows itself towards the service, all its loops and workloads together; over a limit, a request is refused at once.</summary>
public sealed record ConnectionPool
{
    /// <summary>Open connections to the service's endpoints.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Requests that wait for a connection or a free stream.</summary>
    public int MaxPendingRequests { get; init; } = 1024;

    /// <summary>Requests that have been sent on and not been answered in full.</summary>
    public int MaxRequests { get; init; } = 1024;

    /// <summary>After so many a connection is closed; 0 for no limit.</summary>
    public int MaxRequestsPerConnection { get; init; }

    /// <summary>A connection that carries nothing for this long is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);
}
