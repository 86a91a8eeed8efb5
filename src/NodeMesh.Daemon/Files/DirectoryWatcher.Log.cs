using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Files;

internal sealed partial class DirectoryWatcher
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} cannot be watched ({Reason}); it is looked at every {Interval} instead")]
    private static partial void LogNotWatched(ILogger log, string path, string reason, TimeSpan interval);

    [LoggerMessage(Level = LogLevel.Error, Message = "Handling a change of {Path} failed; the next change is handled again")]
    private static partial void LogFailed(ILogger log, string path, Exception exception);
}
