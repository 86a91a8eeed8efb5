namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// Counts the requests of one label set. Remembers the rows of the few outcomes that occur, so that a request costs a short search and a
/// handful of adds. Owned by whoever sends requests with these labels, on its loop; dropped with it.
/// </summary>
internal sealed class RequestCounters
{
    private const int MaxRemembered = 16;

    private readonly MeshMetrics _metrics;
    private readonly RequestLabels _labels;
    private readonly Series _inFlight;
    private readonly RequestOutcome[] _outcomes = new RequestOutcome[MaxRemembered];
    private readonly RequestSeries[] _series = new RequestSeries[MaxRemembered];
    private int _count;

    public RequestCounters(MeshMetrics metrics, in RequestLabels labels)
    {
        _metrics = metrics;
        _labels = labels;
        _inFlight = metrics.RequestServices.Resolve(labels.Reporter, labels.DestinationService);
    }

    public RequestLabels Labels => _labels;

    /// <summary>A request has begun. <see cref="End"/> must follow.</summary>
    public void Begin(MetricShard shard) => _metrics.RequestsInFlight.Add(shard, _inFlight, 1);

    public void End(MetricShard shard, in RequestOutcome outcome, TimeSpan duration, long requestBytes, long responseBytes)
    {
        var series = Find(outcome);
        _metrics.RequestsInFlight.Add(shard, _inFlight, -1);
        _metrics.RequestsTotal.Increment(shard, series.Total);
        _metrics.RequestDuration.Record(shard, series.Times, duration);
        _metrics.RequestSize.Record(shard, series.Times, requestBytes);
        _metrics.ResponseSize.Record(shard, series.Times, responseBytes);
        if (outcome.Refusal != RefusalCode.None)
        {
            _metrics.RequestRefused(shard, _labels.Reporter, outcome.Refusal, _labels.DestinationService);
        }
    }

    /// <summary>The request is tried again.</summary>
    public void Retried(MetricShard shard) => _metrics.RequestRetries.Increment(shard, _inFlight);

    /// <summary>The request would have been tried again, had the budget allowed it.</summary>
    public void RetryOverBudget(MetricShard shard) => _metrics.RequestRetriesOverBudget.Increment(shard, _inFlight);

    private RequestSeries Find(in RequestOutcome outcome)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_outcomes[i] == outcome)
            {
                return _series[i];
            }
        }

        var series = _metrics.Request(_labels, outcome);
        if (_count < MaxRemembered)
        {
            _outcomes[_count] = outcome;
            _series[_count++] = series;
        }

        return series;
    }
}
