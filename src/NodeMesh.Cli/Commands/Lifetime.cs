using System.CommandLine;
using System.Globalization;

namespace NodeMesh.Cli.Commands;

/// <summary>Durations on the command line: a number and a unit, <c>90s</c>, <c>15m</c>, <c>24h</c>, <c>7d</c>. Stateless.</summary>
internal static class Lifetime
{
    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value, out var duration))
            {
                return duration;
            }

            result.AddError($"{name} {result.Tokens[0].Value} is no duration; give a positive number and a unit: 90s, 15m, 24h or 7d");
            return null;
        },
    };

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length < 2 || !int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0)
        {
            return false;
        }

        // Ten million days are past the calendar, but not past TimeSpan.
        var seconds = text[^1] switch { 's' => 1L, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 } * Math.Min(count, 10_000_000);
        duration = TimeSpan.FromSeconds(seconds);
        return seconds > 0;
    }
}
