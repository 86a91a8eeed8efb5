using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Daemon.Logging;

namespace NodeMesh.Daemon.Tests.Logging;

/// <summary>The log as people read it.</summary>
public sealed class TextLogTests
{
    [Theory]
    [InlineData(LogLevel.Information, "info ")]
    [InlineData(LogLevel.Error, "error")]
    public void A_line_is_time_level_and_message_without_numbers_of_events(LogLevel level, string word) =>
        Assert.Matches($"^[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}[.][0-9]{{3}} {word} Reloading\n$", Line(level, "Reloading", null, underJournal: false));

    [Theory]
    [InlineData(LogLevel.Debug, 7)]
    [InlineData(LogLevel.Information, 6)]
    [InlineData(LogLevel.Warning, 4)]
    [InlineData(LogLevel.Error, 3)]
    [InlineData(LogLevel.Critical, 2)]
    public void The_journal_is_told_the_priority(LogLevel level, int priority) =>
        Assert.Equal($"<{priority}>Reloading\n", Line(level, "Reloading", null, underJournal: true));

    [Fact]
    public void What_failed_stands_on_the_same_line() =>
        Assert.Equal("<3>It broke | off: System.IO.IOException: a | b\n", Line(LogLevel.Error, "It broke\noff", new IOException("a\nb"), underJournal: true));

    [Theory]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Connections", LogLevel.Debug, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning, true)]
    [InlineData("NodeMesh.Daemon.Lifecycle.NodeDaemon", LogLevel.Debug, true)]
    public void At_debug_the_daemon_speaks_and_the_libraries_do_not(string category, LogLevel level, bool allowed) =>
        Assert.Equal(allowed, new LogLevelSwitch(LogLevel.Debug).Allows(category, level));

    private static string Line(LogLevel level, string message, Exception? exception, bool underJournal)
    {
        using var writer = new StringWriter();
        var formatter = new TextLogFormatter(underJournal, TimeProvider.System);
        formatter.Write(new LogEntry<string>(level, "NodeMesh.Daemon", new EventId(4711, "Event"), message, exception, (state, _) => state), null, writer);
        return writer.ToString();
    }
}
