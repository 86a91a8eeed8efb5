using NodeMesh.Proxy.LoadBalancing;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// What changes about an endpoint: how many connections go there and whether it is healthy. Shared by all loops; every member is safe on
/// any thread and takes no lock. Lives as long as its address stands in the configuration, and as long as connections to it last.
/// </summary>
public sealed class EndpointState
{
    private const int CheckFailed = 1;
    private const int Ejected = 2;
    private const int ReportedDead = 4;

    private int _active;
    private int _trouble;
    private int _consecutiveFailures;

    /// <summary>Connections that were given this endpoint and have not ended.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Neither failing its health check nor ejected.</summary>
    public bool IsUsable => Volatile.Read(ref _trouble) == 0;

    /// <summary>Its own node says that nobody serves there, or is not heard of itself.</summary>
    public bool IsReportedDead => (Volatile.Read(ref _trouble) & ReportedDead) != 0;

    public bool IsEjected => (Volatile.Read(ref _trouble) & Ejected) != 0;

    public EndpointHealth Health => Volatile.Read(ref _trouble) switch
    {
        0 => EndpointHealth.Healthy,
        var trouble when (trouble & (CheckFailed | ReportedDead)) != 0 => EndpointHealth.Unhealthy,
        _ => EndpointHealth.Ejected,
    };

    /// <summary>Connects that failed in a row.</summary>
    public int ConsecutiveFailures => Volatile.Read(ref _consecutiveFailures);

    /// <summary>The latency estimate that peak EWMA balances by.</summary>
    public PeakEwma Latency { get; } = new();

    /// <summary>Counts a connection in, at the moment the endpoint is picked. Undone by <see cref="Release"/>, once.</summary>
    public void Acquire() => Interlocked.Increment(ref _active);

    public void Release() => Interlocked.Decrement(ref _active);

    internal void SetCheck(bool passing) => Set(CheckFailed, !passing);

    internal void SetReportedDead(bool dead) => Set(ReportedDead, dead);

    internal void SetEjected(bool ejected) => Set(Ejected, ejected);

    internal int CountFailure() => Interlocked.Increment(ref _consecutiveFailures);

    internal void SetFailures(int count)
    {
        // Nearly always zero already: then the line stays shared between the cores.
        if (Volatile.Read(ref _consecutiveFailures) != count)
        {
            Volatile.Write(ref _consecutiveFailures, count);
        }
    }

    private void Set(int flag, bool on) => _ = on ? Interlocked.Or(ref _trouble, flag) : Interlocked.And(ref _trouble, ~flag);
}
