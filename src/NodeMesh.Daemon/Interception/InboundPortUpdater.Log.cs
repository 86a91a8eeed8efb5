using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Interception;

internal sealed partial class InboundPortUpdater
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Inbound connections are captured on ports: {Ports}")]
    private static partial void LogApplied(ILogger log, string ports);

    [LoggerMessage(Level = LogLevel.Information, Message = "No inbound ports are captured yet: {Reason}")]
    private static partial void LogWaiting(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Somebody else had changed the captured inbound ports; they are again: {Ports}")]
    private static partial void LogRepaired(ILogger log, string ports);

    [LoggerMessage(Level = LogLevel.Error, Message = "The inbound ports to capture cannot be set to {Ports}: {Reason}; it is tried again and again")]
    private static partial void LogFailed(ILogger log, string ports, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Keeping the captured inbound ports failed; it is tried again")]
    private static partial void LogFault(ILogger log, Exception exception);
}
