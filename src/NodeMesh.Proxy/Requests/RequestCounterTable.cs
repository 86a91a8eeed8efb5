using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// The counters of one loop by what a request's labels are made of, so that the next request of the kind finds them without making a label.
/// Emptied when the configuration changes, since what it is keyed by is the configuration's. Loop thread only.
/// </summary>
internal sealed class RequestCounterTable(MeshMetrics metrics)
{
    /// <summary>Kinds remembered: peers may have any number of identities.</summary>
    private const int MaxRemembered = 4096;

    private readonly Dictionary<RequestKind, RequestCounters> _counters = [];

    public RequestCounters Find(in RequestKind kind)
    {
        if (_counters.TryGetValue(kind, out var counters))
        {
            return counters;
        }

        if (_counters.Count == MaxRemembered)
        {
            _counters.Clear();
        }

        counters = new RequestCounters(metrics, kind.ToLabels());
        _counters.Add(kind, counters);
        return counters;
    }

    public void Clear() => _counters.Clear();
}
