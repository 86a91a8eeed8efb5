using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace NodeMesh.Daemon.Logging;

/// <summary>The settings of the one console logger: everything on standard error, in the format of that name. They never change.</summary>
internal sealed class ConsoleLogSettings(string formatter) : IOptionsMonitor<ConsoleLoggerOptions>
{
    public ConsoleLoggerOptions CurrentValue { get; } = new() { FormatterName = formatter, LogToStandardErrorThreshold = LogLevel.Trace };

    public ConsoleLoggerOptions Get(string? name) => CurrentValue;

    public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
}
