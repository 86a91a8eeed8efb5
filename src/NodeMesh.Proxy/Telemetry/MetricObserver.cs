namespace NodeMesh.Proxy.Telemetry;

/// <summary>Takes the values of an observed metric during one scrape.</summary>
public sealed class MetricObserver
{
    private readonly ExpositionWriter _writer;
    private readonly MetricDescription _description;
    private readonly string[] _labels;
    private bool _any;

    internal MetricObserver(ExpositionWriter writer, MetricDescription description, string[] labels)
    {
        _writer = writer;
        _description = description;
        _labels = labels;
    }

    /// <param name="value">In the metric's unit.</param>
    /// <param name="labelValues">One for each label, in order. Each label set may be reported once.</param>
    public void Report(double value, params ReadOnlySpan<string> labelValues)
    {
        if (labelValues.Length != _labels.Length)
        {
            throw new ArgumentException($"{_labels.Length} label values are needed, {labelValues.Length} were given", nameof(labelValues));
        }

        if (!_any)
        {
            _writer.Header(_description);
            _any = true;
        }

        _writer.Sample(_description, ExpositionWriter.RenderLabels(_labels, labelValues), value);
    }
}
