using System.Buffers;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// Holds all metrics of the process and their shards, and writes them out. Made once at start with everything declared; scraped from any
/// thread, one scrape at a time.
/// </summary>
public sealed class MetricRegistry
{
    private readonly Lock _scrape = new();
    private readonly MetricShard[] _shards;
    private readonly MetricCells _cells;
    private readonly TimeProvider _time;
    private readonly SeriesLimits _limits;
    private readonly List<SeriesTable> _tables = [];
    private readonly List<ObservedMetric> _observed = [];

    /// <param name="loops">How many event loops there are.</param>
    /// <param name="time">Ages idle label sets.</param>
    /// <param name="limits">Bounds each table; null for the defaults.</param>
    public MetricRegistry(int loops, TimeProvider time, SeriesLimits? limits = null)
    {
        _shards = new MetricShard[loops + 1];
        for (var i = 0; i <= loops; i++)
        {
            _shards[i] = new MetricShard(shared: i == loops);
        }

        _cells = new MetricCells(_shards);
        _time = time;
        _limits = limits ?? SeriesLimits.Default;
        Observe(
            new MetricDescription("nodemesh_telemetry_series_folded", "Look-ups of label sets answered with the folded row of a full table.", MetricType.Counter),
            ["table"],
            ReportFolded);
        Observe(
            new MetricDescription("nodemesh_telemetry_series", "Label sets held in memory.", MetricType.Gauge),
            ["table"],
            ReportSeries);
    }

    /// <summary>For threads that are no event loop.</summary>
    public MetricShard Shared => _shards[^1];

    /// <summary>For the event loop of this index, and no other thread.</summary>
    public MetricShard OfLoop(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _shards.Length - 1);
        return _shards[index];
    }

    /// <summary>
    /// Declares a set of labels whose values come from traffic, so that idle ones expire. Its metrics are declared on the table next.
    /// </summary>
    public SeriesTable Table(params string[] labels) => Add(expires: true, labels);

    /// <summary>Declares a set of labels with a few known values, or none: they stay in the scrapes however idle they are.</summary>
    public SeriesTable FixedTable(params string[] labels) => Add(expires: false, labels);

    /// <summary>Declares a metric whose values <paramref name="observe"/> reports at every scrape.</summary>
    public void Observe(MetricDescription description, string[] labels, Action<MetricObserver> observe)
    {
        lock (_scrape)
        {
            _observed.Add(new ObservedMetric(description, labels, observe));
        }
    }

    public void Write(IBufferWriter<byte> output, ExpositionFormat format)
    {
        lock (_scrape)
        {
            var writer = new ExpositionWriter(output, format);
            foreach (var table in _tables)
            {
                table.Write(writer);
            }

            foreach (var metric in _observed)
            {
                metric.Write(writer);
            }

            writer.End();
        }
    }

    private SeriesTable Add(bool expires, string[] labels)
    {
        lock (_scrape)
        {
            var table = new SeriesTable(_cells, _time, _limits, expires, labels);
            _tables.Add(table);
            return table;
        }
    }

    private void ReportFolded(MetricObserver observer) => Report(observer, table => table.Folded);

    private void ReportSeries(MetricObserver observer) => Report(observer, table => table.Count);

    private void Report(MetricObserver observer, Func<SeriesTable, long> value)
    {
        foreach (var table in _tables)
        {
            if (table.Labels.Count > 0 && table.Columns.Count > 0)
            {
                observer.Report(value(table), table.Columns[0].Description.Name);
            }
        }
    }
}
