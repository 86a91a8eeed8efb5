using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Daemon.Options;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Daemon.Logging;

/// <summary>Opens what the settings name as the access log; a file right away, so that a path that cannot be written is known at the start.</summary>
internal static class AccessLogOutputs
{
    /// <returns>Null when it is off.</returns>
    /// <exception cref="StartupException">The file cannot be written.</exception>
    public static IAccessLogOutput? Open(AccessLogSettings settings) => settings switch
    {
        { IsOff: true } => null,
        { IsStandardOutput: true } => new AccessLogStream(Console.OpenStandardOutput()),
        _ => OpenFile(settings.Output),
    };

    private static AccessLogFile OpenFile(string path)
    {
        var file = new AccessLogFile(path);
        try
        {
            file.Write([]);
            return file;
        }
        catch (IOException e)
        {
            file.Dispose();
            throw new StartupException($"the access log {path} cannot be written: {e.Message}; see accessLog.output in nodemeshd.yaml", e);
        }
    }
}
