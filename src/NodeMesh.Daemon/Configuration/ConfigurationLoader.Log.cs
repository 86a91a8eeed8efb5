using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Configuration;

internal sealed partial class ConfigurationLoader
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Configuration revision {Revision} is in force: {Resources} resources, {Services} service ports, {Workloads} workloads on this node")]
    private static partial void LogApplied(ILogger log, long revision, int resources, int services, int workloads);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogWarning(ILogger log, string warning);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Issue}")]
    private static partial void LogIssue(ILogger log, string issue);

    [LoggerMessage(Level = LogLevel.Error, Message = "The resources in {Directory} are wrong in {Errors} places; revision {Revision} stays in force")]
    private static partial void LogRejected(ILogger log, string directory, int errors, long revision);

    [LoggerMessage(Level = LogLevel.Error, Message = "The resources in {Directory} are wrong in {Errors} places; without a configuration nothing is carried for the mesh")]
    private static partial void LogRejectedFirst(ILogger log, string directory, int errors);

    [LoggerMessage(Level = LogLevel.Error, Message = "Putting a new configuration in force failed; revision {Revision} stays")]
    private static partial void LogFailed(ILogger log, long revision, Exception exception);
}
