namespace NodeMesh.Proxy.Telemetry;

/// <summary>Sizes per label set, in the fixed buckets of <see cref="SizeBuckets"/>.</summary>
public sealed class SizeColumn : BucketColumn
{
    internal SizeColumn(SeriesTable table, string name, string help, int offset)
        : base(table, name, help, SizeBuckets.Buckets, offset)
    {
    }

    public void Record(MetricShard shard, Series series, long bytes) => Add(shard, series, bytes);
}
