using System.Globalization;

namespace NodeMesh.Cli.Output;

/// <summary>Quantities as people read them. Stateless.</summary>
internal static class Humane
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>The two largest units: <c>850ms</c>, <c>12s</c>, <c>3m20s</c>, <c>5h10m</c>, <c>42d3h</c>.</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds) || Math.Abs(seconds) > TimeSpan.MaxValue.TotalSeconds / 2)
        {
            return "?";
        }

        var sign = seconds < 0 ? "-" : "";
        var span = TimeSpan.FromSeconds(Math.Abs(seconds));
        var text = span switch
        {
            { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0}ms"),
            { TotalMinutes: < 1 } => Pair(span.Seconds, "s", 0, ""),
            { TotalHours: < 1 } => Pair(span.Minutes, "m", span.Seconds, "s"),
            { TotalDays: < 1 } => Pair(span.Hours, "h", span.Minutes, "m"),
            _ => Pair(span.Days, "d", span.Hours, "h"),
        };
        return sign + text;
    }

    /// <summary><c>17B</c>, <c>1.5KiB</c>, <c>2.0GiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        var value = (double)bytes;
        var unit = 0;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes}B")
            : string.Create(CultureInfo.InvariantCulture, $"{value:0.0}{Units[unit]}");
    }

    /// <summary><c>2026-03-02 12:00:00Z</c>.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);

    /// <summary><c>1 identity</c>, <c>2 identities</c>.</summary>
    public static string Count(long count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    private static string Pair(int large, string largeUnit, int small, string smallUnit) =>
        small == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{large}{largeUnit}")
            : string.Create(CultureInfo.InvariantCulture, $"{large}{largeUnit}{small}{smallUnit}");
}
