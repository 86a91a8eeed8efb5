namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// The bounds of all duration histograms: six steps a decade from 50 µs to 60 s, each at most 1.67 times the one before, so that a
/// quantile read from them is as useful at 100 µs as at 10 s.
/// </summary>
public static class DurationBuckets
{
    /// <summary>How many finite bounds there are.</summary>
    public static int Count => Buckets.Count;

    /// <summary>The upper bounds in nanoseconds, ascending.</summary>
    public static ReadOnlySpan<long> UpperBounds => Buckets.UpperBounds;

    internal static HistogramBuckets Buckets { get; } = new(MakeBounds(), perUnit: 1_000_000_000, "seconds");

    private static long[] MakeBounds()
    {
        const long First = 50_000;
        const long Last = 60_000_000_000;
        var bounds = new List<long>();
        ReadOnlySpan<long> steps = [10, 15, 20, 30, 50, 70];
        for (var decade = 1_000L; decade <= Last; decade *= 10)
        {
            foreach (var step in steps)
            {
                var bound = step * decade;
                if (bound is >= First and < Last)
                {
                    bounds.Add(bound);
                }
            }
        }

        bounds.Add(Last);
        return [.. bounds];
    }
}
