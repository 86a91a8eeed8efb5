using System.Net;
using Microsoft.Extensions.Logging;

namespace NodeMesh.Proxy.Dns;

public sealed partial class DnsServer
{
    [LoggerMessage(LogLevel.Warning, "DNS failed at {Endpoint}")]
    private partial void LogFailure(Exception exception, EndPoint? endpoint);

    [LoggerMessage(LogLevel.Debug, "No upstream DNS server answered for {Name}")]
    private partial void LogNoAnswer(string name);

    [LoggerMessage(LogLevel.Debug, "DNS stopped while {Name} was being asked")]
    private partial void LogStopped(string name);

    [LoggerMessage(LogLevel.Debug, "DNS connection ended")]
    private partial void LogConnectionEnded(Exception exception);
}
