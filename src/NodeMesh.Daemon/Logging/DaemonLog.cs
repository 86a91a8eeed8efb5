using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Logging;

/// <summary>Makes the daemon's log. It goes to standard error; standard output is the access log's.</summary>
internal static class DaemonLog
{
    /// <param name="underJournal">Lines begin with their priority, which the journal takes off again.</param>
    public static ILoggerFactory Create(LogFormat format, LogLevelSwitch level, bool underJournal) => LoggerFactory.Create(builder =>
    {
        builder.SetMinimumLevel(LogLevel.Trace);
        builder.AddFilter((category, at) => level.Allows(category, at));
        builder.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        if (format == LogFormat.Json)
        {
            builder.AddJsonConsole(options => (options.TimestampFormat, options.UseUtcTimestamp) = ("yyyy-MM-ddTHH:mm:ss.fffZ", true));
        }
        else
        {
            builder.Services.AddSingleton<ConsoleFormatter>(new TextLogFormatter(underJournal, TimeProvider.System));
            builder.AddConsole(options => options.FormatterName = TextLogFormatter.FormatterName);
        }
    });

    /// <summary>True when systemd gave standard error to the journal.</summary>
    public static bool IsUnderJournal() => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("JOURNAL_STREAM"));
}
