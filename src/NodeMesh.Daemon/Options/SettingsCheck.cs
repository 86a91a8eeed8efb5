using Microsoft.Extensions.Logging;
using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Options;

/// <summary>
/// Holds the settings as they stand in the file now against those in force. Only a start applies them: that it would fail, or would change something, is to
/// be known before. One per daemon; thread-safe.
/// </summary>
/// <param name="read">Reads them as a start would, and throws <see cref="SettingsException"/> where they are wrong.</param>
internal sealed partial class SettingsCheck(DaemonOptions inForce, Func<DaemonOptions> read, ILogger<SettingsCheck> log)
{
    public SettingsVerdict Look()
    {
        try
        {
            var isChanged = read() != inForce;
            if (isChanged)
            {
                LogChanged();
            }

            return new SettingsVerdict([], isChanged);
        }
        catch (SettingsException e)
        {
            foreach (var issue in e.Issues)
            {
                LogWrong(issue.ToString());
            }

            return new SettingsVerdict(e.Issues, IsChanged: false);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The settings are wrong, and the next start would fail; those of this one stay in force: {Issue}")]
    private partial void LogWrong(string issue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The settings are others than those in force: a restart applies them")]
    private partial void LogChanged();
}
