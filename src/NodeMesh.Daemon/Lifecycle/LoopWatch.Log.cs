using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Lifecycle;

internal sealed partial class LoopWatch
{
    [LoggerMessage(Level = LogLevel.Critical, Message = "Event loops do not turn: {Loops}; the watchdog is not fed until they do")]
    private static partial void LogStuck(ILogger log, string loops);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Every event loop turns again")]
    private static partial void LogRecovered(ILogger log);
}
