using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Services;

/// <summary>Declares the timeouts and limits of a <see cref="Service"/>.</summary>
internal static class ServiceLimitsSchema
{
    private static readonly ScalarSchema<TimeSpan> OrWithoutEnd =
        Scalars.DurationWithin(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24), mayBeZero: true);

    private static readonly ScalarSchema<int> Limit = Scalars.Number("a limit", 1, 1_000_000, number => (int)number, limit => limit);

    public static ObjectSchema<ServiceTimeouts> Timeouts { get; } = new(
        "the timeouts",
        () => new ServiceTimeouts(),
        [
            Fields.Optional(
                "connect",
                Scalars.DurationWithin(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10)),
                (ServiceTimeouts t) => t.Connect,
                (t, v) => t with { Connect = v }),
            Fields.Optional("request", OrWithoutEnd, (ServiceTimeouts t) => t.Request, (t, v) => t with { Request = v }),
            Fields.Optional("perTry", OrWithoutEnd, (ServiceTimeouts t) => t.PerTry, (t, v) => t with { PerTry = v }),
            Fields.Optional("idle", OrWithoutEnd, (ServiceTimeouts t) => t.Idle, (t, v) => t with { Idle = v }),
        ],
        check: CheckTimeouts);

    public static ObjectSchema<ConnectionPool> Pool { get; } = new("the connection pool", () => new ConnectionPool(),
    [
        Fields.Optional("maxConnections", Limit, (ConnectionPool p) => p.MaxConnections, (p, v) => p with { MaxConnections = v }),
        Fields.Optional("maxPendingRequests", Limit, (ConnectionPool p) => p.MaxPendingRequests, (p, v) => p with { MaxPendingRequests = v }),
        Fields.Optional("maxRequests", Limit, (ConnectionPool p) => p.MaxRequests, (p, v) => p with { MaxRequests = v }),
        Fields.Optional(
            "maxRequestsPerConnection",
            Scalars.Number("a count, 0 for no limit", 0, 1_000_000_000, number => (int)number, count => count),
            (ConnectionPool p) => p.MaxRequestsPerConnection,
            (p, v) => p with { MaxRequestsPerConnection = v }),
        Fields.Optional(
            "idleTimeout",
            Scalars.DurationWithin(TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)),
            (ConnectionPool p) => p.IdleTimeout,
            (p, v) => p with { IdleTimeout = v }),
    ]);

    private static void CheckTimeouts(ServiceTimeouts timeouts, FieldScope at)
    {
        if (timeouts.Request > TimeSpan.Zero && timeouts.PerTry > timeouts.Request)
        {
            at.Error("perTry", "a single try may take longer than the whole request; give at most the time of request");
        }
    }
}
