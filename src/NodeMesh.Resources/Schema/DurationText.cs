using System.Globalization;
using System.Text;

namespace NodeMesh.Resources.Schema;

/// <summary>Durations as Gateway API writes them (GEP-2257): <c>([0-9]{1,5}(h|m|s|ms)){1,4}</c>.</summary>
internal static class DurationText
{
    public const string Expected = "a duration such as 10s, 1m30s or 500ms";

    private static readonly (string Unit, long Milliseconds)[] Units = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        var parts = 0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 5 || ++parts > 4 || UnitOf(text[digits..]) is not (var length, > 0 and var milliseconds))
            {
                return false;
            }

            value += TimeSpan.FromMilliseconds(int.Parse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture) * milliseconds);
            text = text[(digits + length)..];
        }

        return parts > 0;
    }

    /// <summary>The shortest text that reads as the same duration; parts of a millisecond are dropped.</summary>
    public static string Format(TimeSpan value)
    {
        var text = new StringBuilder();
        var rest = (long)value.TotalMilliseconds;
        foreach (var (unit, milliseconds) in (ReadOnlySpan<(string, long)>)[("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)])
        {
            if (rest / milliseconds is > 0 and var count)
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
                rest %= milliseconds;
            }
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static (int Length, long Milliseconds) UnitOf(ReadOnlySpan<char> text)
    {
        foreach (var (unit, milliseconds) in Units)
        {
            if (text.StartsWith(unit, StringComparison.Ordinal))
            {
                return (unit.Length, milliseconds);
            }
        }

        return default;
    }
}
