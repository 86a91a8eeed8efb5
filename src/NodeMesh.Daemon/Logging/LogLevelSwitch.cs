using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Logging;

/// <summary>The level of the daemon's log, changeable while it runs. One per daemon; safe on any thread.</summary>
internal sealed class LogLevelSwitch(LogLevel level)
{
    private volatile int _level = (int)level;

    public LogLevel Level
    {
        get => (LogLevel)_level;
        set => _level = (int)value;
    }

    /// <summary>The libraries below say at Information what is of no interest to an operator.</summary>
    public bool Allows(string? category, LogLevel level) =>
        level >= Level && (level >= LogLevel.Warning || Level <= LogLevel.Debug || category is null || !category.StartsWith("Microsoft.", StringComparison.Ordinal));
}
