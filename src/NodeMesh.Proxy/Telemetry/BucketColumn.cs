namespace NodeMesh.Proxy.Telemetry;

/// <summary>Amounts per label set, in fixed buckets. Recording is two adds.</summary>
public abstract class BucketColumn : MetricColumn
{
    private readonly HistogramBuckets _buckets;

    private protected BucketColumn(SeriesTable table, string name, string help, HistogramBuckets buckets, int offset)
        : base(table, new MetricDescription(name, help, MetricType.Histogram, buckets.Unit), offset)
    {
        _buckets = buckets;
    }

    // One cell for each bound, one for what is over all of them, one for the sum.
    internal override int CellCount => _buckets.Count + 2;

    internal override void Write(ExpositionWriter writer, MetricCells cells, Series series)
    {
        var first = Cell(series);
        var cumulative = 0L;
        for (var i = 0; i <= _buckets.Count; i++)
        {
            cumulative += cells.Sum(first + i);
            writer.Bucket(Description, series.Labels, _buckets.Label(i), cumulative);
        }

        writer.HistogramEnd(Description, series.Labels, cumulative, cells.Sum(first + _buckets.Count + 1) / (double)_buckets.PerUnit);
    }

    private protected void Add(MetricShard shard, Series series, long amount)
    {
        var first = Cell(series);
        shard.Add(first + _buckets.IndexOf(amount), 1);
        shard.Add(first + _buckets.Count + 1, amount);

        // The cells may be given to another label set once the collector finds the series unreachable: not before the adds are done.
        GC.KeepAlive(series);
    }
}
