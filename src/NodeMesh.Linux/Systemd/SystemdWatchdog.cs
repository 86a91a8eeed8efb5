using System.Globalization;

namespace NodeMesh.Linux.Systemd;

/// <summary>Reads what systemd expects of a watched service (sd_watchdog_enabled(3)).</summary>
public static class SystemdWatchdog
{
    /// <summary>
    /// The time within which systemd wants a <see cref="SystemdNotifier.WatchdogPing"/>, or null when this process is not watched
    /// (WATCHDOG_USEC unset, or WATCHDOG_PID names another process). Ping at half of it.
    /// </summary>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="pid">This process' id.</param>
    /// <exception cref="FormatException">A variable is set but is no positive number.</exception>
    public static TimeSpan? ReadInterval(Func<string, string?> environment, int pid)
    {
        if (environment("WATCHDOG_USEC") is not { Length: > 0 } interval)
        {
            return null;
        }

        if (environment("WATCHDOG_PID") is { Length: > 0 } watched && Parse("WATCHDOG_PID", watched) != (ulong)pid)
        {
            return null;
        }

        var microseconds = Parse("WATCHDOG_USEC", interval);
        return TimeSpan.FromMicroseconds(Math.Min(microseconds, (ulong)TimeSpan.FromDays(365).TotalMicroseconds));
    }

    private static ulong Parse(string name, string value) =>
        ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{name} is \"{value}\": expected a positive number");
}
