using System.Globalization;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// The bounds of all duration histograms: six steps a decade from 50 µs to 60 s, each at most 1.67 times the one before, so that a
/// quantile read from them is as useful at 100 µs as at 10 s.
/// </summary>
public static class DurationBuckets
{
    private static readonly long[] Bounds = MakeBounds();
    private static readonly byte[][] Labels = MakeLabels();

    /// <summary>How many finite bounds there are.</summary>
    public static int Count => Bounds.Length;

    /// <summary>The upper bounds in nanoseconds, ascending.</summary>
    public static ReadOnlySpan<long> UpperBounds => Bounds;

    /// <summary>The bucket of a duration; <see cref="Count"/> when it is over the last bound.</summary>
    internal static int IndexOf(long nanoseconds)
    {
        var low = 0;
        var high = Bounds.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (nanoseconds <= Bounds[middle])
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    /// <summary>The <c>le</c> value of a bucket, in seconds.</summary>
    internal static ReadOnlySpan<byte> Label(int index) => Labels[index];

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

    private static byte[][] MakeLabels()
    {
        var labels = new byte[Bounds.Length + 1][];
        for (var i = 0; i < Bounds.Length; i++)
        {
            // OpenMetrics wants canonical floats: whole seconds carry ".0", small ones no exponent.
            labels[i] = System.Text.Encoding.ASCII.GetBytes((Bounds[i] / 1e9m).ToString("0.0########", CultureInfo.InvariantCulture));
        }

        labels[^1] = "+Inf"u8.ToArray();
        return labels;
    }
}
