using NodeMesh.Daemon.Options;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Daemon.Logging;

/// <summary>Opens what the settings name as the access log.</summary>
internal static class AccessLogOutputs
{
    public static IAccessLogOutput Open(AccessLogSettings settings) => settings switch
    {
        { IsOff: true } => new AccessLogStream(Stream.Null),
        { IsStandardOutput: true } => new AccessLogStream(Console.OpenStandardOutput()),
        _ => new AccessLogFile(settings.Output),
    };
}
