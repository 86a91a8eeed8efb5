using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Lifecycle;

internal sealed partial class NodeDaemon
{
    [LoggerMessage(Level = LogLevel.Information, Message = "nodemeshd {Version} on node {Node}: {Loops}, listening on {Listeners}")]
    private static partial void LogStarted(ILogger log, string version, string node, string loops, string listeners);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The capability {Capability} is missing, which {Purpose}")]
    private static partial void LogMissingCapability(ILogger log, string capability, string purpose);

    [LoggerMessage(Level = LogLevel.Information, Message = "Reloading")]
    private static partial void LogReloading(ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "Handing over to a successor")]
    private static partial void LogHandingOver(ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no successor after {Patience}: connections wait in the listening sockets until there is")]
    private static partial void LogNoSuccessor(ILogger log, TimeSpan patience);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This daemon and the one before or after it cannot tell when to relieve each other: {Reason}")]
    private static partial void LogNoRelief(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Draining: {Connections}, with {Grace} to end")]
    private static partial void LogDraining(ILogger log, string connections, TimeSpan grace);

    [LoggerMessage(Level = LogLevel.Information, Message = "Ended")]
    private static partial void LogEnded(ILogger log);
}
