using NodeMesh.Http.Http1;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>The rows of one service's upstream pools. Resolved once by the pool, on its loop; several pools of a service share the rows.</summary>
internal sealed class PoolCounters(MeshMetrics metrics, string destinationService)
{
    private readonly Series _pool = metrics.Pools.Resolve(destinationService);

    /// <param name="shard">The loop's.</param>
    /// <param name="change">1 for a connection that was opened, -1 for one that was closed.</param>
    public void Connections(MetricShard shard, int change)
    {
        metrics.PoolConnections.Add(shard, _pool, change);
        if (change > 0)
        {
            metrics.PoolConnectionsOpened.Add(shard, _pool, change);
        }
    }

    /// <summary>Connections that came to carry nothing, or began to.</summary>
    public void Idle(MetricShard shard, int change) => metrics.PoolIdle.Add(shard, _pool, change);

    /// <summary>Requests that began to wait for a connection, or ceased to.</summary>
    public void Pending(MetricShard shard, int change) => metrics.PoolPending.Add(shard, _pool, change);

    /// <summary>A connection ended because its upstream broke the protocol.</summary>
    public void ProtocolError(MetricShard shard, in Http1Error error) => metrics.ProtocolBroken(shard, error.Kind, error.Smuggling);

    /// <summary>A request was refused because a limit was reached.</summary>
    /// <param name="shard">The loop's.</param>
    /// <param name="limit">As in the resource: <c>maxConnections</c>, <c>maxPendingRequests</c>, <c>maxRequests</c>.</param>
    public void Overflow(MetricShard shard, string limit) =>
        metrics.PoolOverflows.Increment(shard, metrics.PoolLimits.Resolve(destinationService, limit));
}
