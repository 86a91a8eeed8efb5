using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Health;

/// <content>Log messages.</content>
public sealed partial class HealthChecker
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Workload {Workload} is healthy: connections to {Address} open")]
    private partial void LogHealthy(string workload, IpEndpoint address);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Workload {Workload} is unhealthy: connecting to {Address} ended in {Result} {Count} times in a row; it gets no new connections while others are healthy")]
    private partial void LogUnhealthy(string workload, IpEndpoint address, string result, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The health check of workload {Workload} at {Address} could not be made; it counts as failed")]
    private partial void LogProbeError(string workload, IpEndpoint address, Exception exception);
}
