using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Admin;

internal sealed partial class AdminServer
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "A process {Pid} of uid {Uid} was refused on the admin socket: only root and the daemon's own user may")]
    private static partial void LogRefused(ILogger log, uint uid, int pid);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path} by uid {Uid}, process {Pid}: {Status}")]
    private static partial void LogCommand(ILogger log, string method, string path, uint uid, int pid, int status);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogFailed(ILogger log, string method, string path, Exception exception);
}
