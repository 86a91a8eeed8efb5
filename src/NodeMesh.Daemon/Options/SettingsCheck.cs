using NodeMesh.Resources.Loading;

namespace NodeMesh.Daemon.Options;

/// <summary>
/// Holds the settings as they stand in the file now against those in force. Only a start applies them: that it would fail, or would change something, is to
/// be known before. One per daemon; thread-safe.
/// </summary>
/// <param name="read">Reads them as a start would, and throws <see cref="SettingsException"/> where they are wrong.</param>
internal sealed class SettingsCheck(DaemonOptions inForce, Func<DaemonOptions> read)
{
    public SettingsVerdict Look()
    {
        try
        {
            return new SettingsVerdict([], IsChanged: read() != inForce);
        }
        catch (SettingsException e)
        {
            return new SettingsVerdict(e.Issues, IsChanged: false);
        }
    }
}
