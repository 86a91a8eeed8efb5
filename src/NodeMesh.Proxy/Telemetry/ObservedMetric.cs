namespace NodeMesh.Proxy.Telemetry;

/// <summary>A metric whose values are asked for at the scrape: what already stands in a snapshot, a pool or a clock is not counted twice.</summary>
internal sealed class ObservedMetric
{
    private readonly MetricDescription _description;
    private readonly string[] _labels;
    private readonly Action<MetricObserver> _observe;

    internal ObservedMetric(MetricDescription description, string[] labels, Action<MetricObserver> observe)
    {
        _description = description;
        _labels = labels;
        _observe = observe;
    }

    internal void Write(ExpositionWriter writer) => _observe(new MetricObserver(writer, _description, _labels));
}
