using System.Globalization;
using System.Text;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>The bounds of a histogram, and how they are written in scrapes. Immutable, any thread.</summary>
internal sealed class HistogramBuckets
{
    private readonly long[] _bounds;
    private readonly byte[][] _labels;

    /// <param name="bounds">Ascending upper bounds, in the unit that is recorded.</param>
    /// <param name="perUnit">How many of the recorded unit make one of the metric's.</param>
    /// <param name="unit">The metric's unit: <c>seconds</c>, <c>bytes</c>.</param>
    internal HistogramBuckets(long[] bounds, long perUnit, string unit)
    {
        _bounds = bounds;
        PerUnit = perUnit;
        Unit = unit;

        // OpenMetrics wants canonical floats: whole numbers carry ".0", small ones no exponent.
        _labels =
        [
            .. bounds.Select(bound => Encoding.ASCII.GetBytes(((decimal)bound / perUnit).ToString("0.0########", CultureInfo.InvariantCulture))),
            "+Inf"u8.ToArray(),
        ];
    }

    /// <summary>How many finite bounds there are.</summary>
    internal int Count => _bounds.Length;

    internal ReadOnlySpan<long> UpperBounds => _bounds;

    internal long PerUnit { get; }

    internal string Unit { get; }

    /// <summary>The bucket of an amount; <see cref="Count"/> when it is over the last bound.</summary>
    internal int IndexOf(long amount)
    {
        var low = 0;
        var high = _bounds.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (amount <= _bounds[middle])
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

    /// <summary>The <c>le</c> value of a bucket, in the metric's unit.</summary>
    internal ReadOnlySpan<byte> Label(int index) => _labels[index];
}
