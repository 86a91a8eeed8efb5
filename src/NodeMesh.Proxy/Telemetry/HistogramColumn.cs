namespace NodeMesh.Proxy.Telemetry;

/// <summary>Durations per label set, in the fixed buckets of <see cref="DurationBuckets"/>. Recording is two adds.</summary>
public sealed class HistogramColumn : MetricColumn
{
    internal HistogramColumn(SeriesTable table, MetricDescription description, int offset)
        : base(table, description, offset)
    {
    }

    // One cell for each bound, one for what is slower than all of them, one for the sum in nanoseconds.
    internal override int CellCount => DurationBuckets.Count + 2;

    public void Record(MetricShard shard, Series series, TimeSpan duration)
    {
        var nanoseconds = Math.Max(0, duration.Ticks * TimeSpan.NanosecondsPerTick);
        var first = Cell(series);
        shard.Add(first + DurationBuckets.IndexOf(nanoseconds), 1);
        shard.Add(first + DurationBuckets.Count + 1, nanoseconds);
        GC.KeepAlive(series);
    }

    internal override void Write(ExpositionWriter writer, MetricCells cells, Series series)
    {
        var first = Cell(series);
        var cumulative = 0L;
        for (var i = 0; i <= DurationBuckets.Count; i++)
        {
            cumulative += cells.Sum(first + i);
            writer.Bucket(Description, series.Labels, DurationBuckets.Label(i), cumulative);
        }

        writer.HistogramEnd(Description, series.Labels, cumulative, cells.Sum(first + DurationBuckets.Count + 1) / 1e9);
    }
}
