using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Interception;

internal sealed partial class InboundPortUpdater
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Inbound connections are captured on ports: {Ports}")]
    private static partial void LogApplied(ILogger log, string ports);

    [LoggerMessage(Level = LogLevel.Error, Message = "The inbound ports to capture cannot be set to {Ports}: {Reason}; it is tried again every {Interval}")]
    private static partial void LogFailed(ILogger log, string ports, string reason, TimeSpan interval);
}
