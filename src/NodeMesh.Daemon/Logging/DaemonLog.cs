using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Logging;

/// <summary>
/// Makes the daemon's log. It goes to standard error; standard output is the access log's. Put together by hand: the builder of the library
/// brings a container, its configuration and their reflection along, some megabytes for one logger.
/// </summary>
internal static class DaemonLog
{
    /// <param name="underJournal">Lines begin with their priority, which the journal takes off again.</param>
    public static ILoggerFactory Create(LogFormat format, LogLevelSwitch level, bool underJournal)
    {
        ConsoleFormatter formatter = format == LogFormat.Json ? new JsonLogFormatter(TimeProvider.System) : new TextLogFormatter(underJournal, TimeProvider.System);
        var filter = new LoggerFilterOptions { MinLevel = LogLevel.Trace };
        filter.Rules.Add(new LoggerFilterRule(null, null, null, (_, category, at) => level.Allows(category, at)));
        return new LoggerFactory([new ConsoleLoggerProvider(new ConsoleLogSettings(formatter.Name), [formatter])], filter);
    }

    /// <summary>True when systemd gave standard error to the journal.</summary>
    public static bool IsUnderJournal() => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("JOURNAL_STREAM"));
}
