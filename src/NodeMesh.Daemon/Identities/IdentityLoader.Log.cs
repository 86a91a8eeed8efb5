using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Identities;

internal sealed partial class IdentityLoader
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Identities} identities and the bundles of {Bundles} trust domains are in use")]
    private static partial void LogApplied(ILogger log, int identities, int bundles);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Directory}: {Problem}; what was in use before stays in use")]
    private static partial void LogProblem(ILogger log, string directory, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The identities cannot be put in use; those before stay")]
    private static partial void LogFailed(ILogger log, Exception exception);
}
