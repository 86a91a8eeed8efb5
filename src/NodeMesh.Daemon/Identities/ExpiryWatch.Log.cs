using Microsoft.Extensions.Logging;

namespace NodeMesh.Daemon.Identities;

internal sealed partial class ExpiryWatch
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate of {Identity} expires at {NotAfter:u}, with less than a fifth of its life left: it has not been renewed in time")]
    private static partial void LogExpiring(ILogger log, string identity, DateTimeOffset notAfter);

    [LoggerMessage(Level = LogLevel.Error, Message = "The certificate of {Identity} expired at {NotAfter:u}: its connections are refused until a new one is in place")]
    private static partial void LogExpired(ILogger log, string identity, DateTimeOffset notAfter);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate of {Identity} is not valid before {NotBefore:u}: is this machine's clock right?")]
    private static partial void LogNotYetValid(ILogger log, string identity, DateTimeOffset notBefore);
}
