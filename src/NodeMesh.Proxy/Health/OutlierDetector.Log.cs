using Microsoft.Extensions.Logging;
using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.Health;

/// <content>Log messages.</content>
public sealed partial class OutlierDetector
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Endpoint {Endpoint} of {Service} is left out for {Duration}: {Count} connects in a row failed")]
    private partial void LogEjected(Endpoint endpoint, MeshServicePort service, int count, TimeSpan duration);
}
