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

    /// <summary>What the libraries below say beneath a warning, at any level, is of no interest to an operator: each scrape is a dozen lines of Kestrel's.</summary>
    public bool Allows(string? category, LogLevel level) =>
        level >= Level && (level >= LogLevel.Warning || category is null || !category.StartsWith("Microsoft.", StringComparison.Ordinal));
}
