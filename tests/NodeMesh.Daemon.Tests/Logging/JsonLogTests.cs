using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Daemon.Logging;

namespace NodeMesh.Daemon.Tests.Logging;

/// <summary>The log as programs read it.</summary>
public sealed class JsonLogTests
{
    [Fact]
    public void An_entry_is_an_object_on_a_line_with_the_values_of_its_message()
    {
        var entry = Entry(new IOException("a\nb"));

        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$", entry.GetProperty("Timestamp").GetString());
        Assert.Equal(4711, entry.GetProperty("EventId").GetInt32());
        Assert.Equal("Warning", entry.GetProperty("LogLevel").GetString());
        Assert.Equal("NodeMesh.Daemon", entry.GetProperty("Category").GetString());
        Assert.Equal("3 files, \"x\"\nwrong", entry.GetProperty("Message").GetString());
        Assert.Equal("System.IO.IOException: a\nb", entry.GetProperty("Exception").GetString());
        Assert.Equal(3, entry.GetProperty("State").GetProperty("Count").GetInt32());
        Assert.True(entry.GetProperty("State").GetProperty("Whole").GetBoolean());
        Assert.Equal("00:00:30", entry.GetProperty("State").GetProperty("Grace").GetString());
    }

    [Fact]
    public void What_did_not_fail_has_no_exception() => Assert.False(Entry(null).TryGetProperty("Exception", out _));

    private static JsonElement Entry(Exception? exception)
    {
        using var writer = new StringWriter();
        List<KeyValuePair<string, object?>> state = [new("Count", 3), new("Whole", true), new("Grace", TimeSpan.FromSeconds(30)), new("Nothing", null)];
        new JsonLogFormatter(TimeProvider.System).Write(
            new LogEntry<List<KeyValuePair<string, object?>>>(
                LogLevel.Warning, "NodeMesh.Daemon", new EventId(4711, "Event"), state, exception, (_, _) => "3 files, \"x\"\nwrong"),
            null,
            writer);
        var line = Assert.Single(writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return JsonDocument.Parse(line).RootElement;
    }
}
