using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace NodeMesh.Daemon.Logging;

/// <summary>
/// A line for each entry, for people: the time and level, or the priority that the journal takes off again and knows the time of; the message;
/// what failed. One per daemon, on the logger's own thread.
/// </summary>
internal sealed class TextLogFormatter(bool underJournal, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "nodemesh-text";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var (priority, word) = LevelOf(logEntry.LogLevel);
        textWriter.Write(underJournal
            ? string.Create(CultureInfo.InvariantCulture, $"<{priority}>")
            : string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():HH:mm:ss.fff} {word} "));
        textWriter.Write(OneLine(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(": ");
            textWriter.Write(OneLine(exception.ToString()));
        }

        textWriter.Write('\n');
    }

    /// <summary>A second line would have no time and, in the journal, no priority.</summary>
    private static string OneLine(string text) => text.ReplaceLineEndings(" | ");

    /// <summary>The priority of syslog(3), and a word of five letters at most.</summary>
    private static (int Priority, string Word) LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace => (7, "trace"),
        LogLevel.Debug => (7, "debug"),
        LogLevel.Warning => (4, "warn "),
        LogLevel.Error => (3, "error"),
        LogLevel.Critical => (2, "crit "),
        _ => (6, "info "),
    };
}
