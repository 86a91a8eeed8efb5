namespace NodeMesh.Proxy.Telemetry;

/// <summary>Durations per label set, in the fixed buckets of <see cref="DurationBuckets"/>.</summary>
public sealed class HistogramColumn : BucketColumn
{
    internal HistogramColumn(SeriesTable table, string name, string help, int offset)
        : base(table, name, help, DurationBuckets.Buckets, offset)
    {
    }

    public void Record(MetricShard shard, Series series, TimeSpan duration) =>
        Add(shard, series, Math.Max(0, duration.Ticks * TimeSpan.NanosecondsPerTick));
}
