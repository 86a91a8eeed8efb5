using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Configuration;

internal sealed partial class ConfigurationLoader
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Configuration revision {Revision} is in force: {Resources}, {Services}, {Workloads} on this node")]
    private static partial void LogApplied(ILogger log, long revision, string resources, string services, string workloads);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogWarning(ILogger log, string warning);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Issue}")]
    private static partial void LogIssue(ILogger log, string issue);

    [LoggerMessage(Level = LogLevel.Error, Message = "The resources in {Directory} are wrong in {Places}; revision {Revision} stays in force")]
    private static partial void LogRejected(ILogger log, string directory, string places, long revision);

    [LoggerMessage(Level = LogLevel.Error, Message = "The resources in {Directory} are wrong in {Places}; without a configuration nothing is carried for the mesh")]
    private static partial void LogRejectedFirst(ILogger log, string directory, string places);

    [LoggerMessage(Level = LogLevel.Error, Message = "Putting a new configuration in force failed; revision {Revision} stays")]
    private static partial void LogFailed(ILogger log, long revision, Exception exception);
}
