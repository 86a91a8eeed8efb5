using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Identities;

internal sealed partial class IdentityLoader
{
    [LoggerMessage(Level = LogLevel.Information, Message = "In use: {Identities} and {Bundles}")]
    private static partial void LogApplied(ILogger log, string identities, string bundles);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Directory}: {Problem}; what was in use before stays in use")]
    private static partial void LogProblem(ILogger log, string directory, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The identities cannot be put in use; those before stay")]
    private static partial void LogFailed(ILogger log, Exception exception);
}
