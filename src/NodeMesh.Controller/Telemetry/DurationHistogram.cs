namespace NodeMesh.Controller.Telemetry;

/// <summary>How long something took, in buckets as Prometheus has them. Thread-safe.</summary>
internal sealed class DurationHistogram
{
    private readonly long[] _counts = new long[Bounds.Count + 1];
    private long _ticks;

    /// <summary>Upper bounds in seconds; one more bucket has none.</summary>
    public static IReadOnlyList<double> Bounds { get; } = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    public double Seconds => TimeSpan.FromTicks(Interlocked.Read(ref _ticks)).TotalSeconds;

    public void Record(TimeSpan duration)
    {
        var bucket = 0;
        while (bucket < Bounds.Count && duration.TotalSeconds > Bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _ticks, duration.Ticks);
    }

    /// <summary>How many were within each bound and those before it, and last how many there were.</summary>
    public IEnumerable<long> Cumulative()
    {
        var sum = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            sum += Interlocked.Read(ref _counts[i]);
            yield return sum;
        }
    }
}
