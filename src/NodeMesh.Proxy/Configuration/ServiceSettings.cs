using NodeMesh.Resources.Services;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// The timeouts and limits of a service as the data path uses them. Immutable, part of one snapshot; those of an unchanged service are equal
/// from snapshot to snapshot.
/// </summary>
public sealed record ServiceSettings
{
    private static readonly ServiceTimeouts UsualTimeouts = new();
    private static readonly ConnectionPool UsualPool = new();

    /// <summary>Of what is no Service: outside services, and workloads that no Service selects.</summary>
    public static ServiceSettings Default { get; } = From(UsualTimeouts, UsualPool);

    /// <summary>To have a connection to an endpoint.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>For a request with all its tries; null for none.</summary>
    public required TimeSpan? RequestTimeout { get; init; }

    /// <summary>For one try of a request; null for none.</summary>
    public required TimeSpan? PerTryTimeout { get; init; }

    /// <summary>Without a byte of a request or its response; null for none.</summary>
    public required TimeSpan? StreamIdleTimeout { get; init; }

    public required int MaxConnections { get; init; }

    public required int MaxPendingRequests { get; init; }

    public required int MaxRequests { get; init; }

    /// <summary>After so many a connection is closed; <see cref="int.MaxValue"/> for no limit.</summary>
    public required int MaxRequestsPerConnection { get; init; }

    /// <summary>A connection that carries nothing for this long is closed.</summary>
    public required TimeSpan ConnectionIdleTimeout { get; init; }

    /// <summary>What nearly all have is one object.</summary>
    internal static ServiceSettings Of(Service service) =>
        service.Timeouts.Equals(UsualTimeouts) && service.ConnectionPool.Equals(UsualPool) ? Default : From(service.Timeouts, service.ConnectionPool);

    private static ServiceSettings From(ServiceTimeouts timeouts, ConnectionPool pool) => new()
    {
        ConnectTimeout = timeouts.Connect,
        RequestTimeout = OrNone(timeouts.Request),
        PerTryTimeout = OrNone(timeouts.PerTry),
        StreamIdleTimeout = OrNone(timeouts.Idle),
        MaxConnections = pool.MaxConnections,
        MaxPendingRequests = pool.MaxPendingRequests,
        MaxRequests = pool.MaxRequests,
        MaxRequestsPerConnection = pool.MaxRequestsPerConnection == 0 ? int.MaxValue : pool.MaxRequestsPerConnection,
        ConnectionIdleTimeout = pool.IdleTimeout,
    };

    private static TimeSpan? OrNone(TimeSpan timeout) => timeout == TimeSpan.Zero ? null : timeout;
}
