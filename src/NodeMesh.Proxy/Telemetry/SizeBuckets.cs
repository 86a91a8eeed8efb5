namespace NodeMesh.Proxy.Telemetry;

/// <summary>The bounds of the histograms of message sizes: from 256 bytes to 1 GiB, each four times the one before.</summary>
internal static class SizeBuckets
{
    internal static HistogramBuckets Buckets { get; } =
        new([.. Enumerable.Range(0, 12).Select(i => 256L << (2 * i))], perUnit: 1, "bytes");
}
