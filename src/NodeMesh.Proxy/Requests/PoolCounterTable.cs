using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Requests;

/// <summary>The counters of one loop's upstream connections by service, or by the workload where requests come from other nodes. Loop thread only.</summary>
internal sealed class PoolCounterTable(MeshMetrics metrics)
{
    /// <summary>Names remembered: configurations come and go.</summary>
    private const int MaxRemembered = 4096;

    private readonly Dictionary<string, PoolCounters> _counters = new(StringComparer.Ordinal);

    public PoolCounters Find(HttpExchange exchange)
    {
        var name = exchange.Service?.Service.FullName ?? exchange.Target?.Workload.FullName ?? ConnectionLabels.Unknown;
        if (_counters.TryGetValue(name, out var counters))
        {
            return counters;
        }

        if (_counters.Count == MaxRemembered)
        {
            _counters.Clear();
        }

        counters = new PoolCounters(metrics, name);
        _counters.Add(name, counters);
        return counters;
    }
}
