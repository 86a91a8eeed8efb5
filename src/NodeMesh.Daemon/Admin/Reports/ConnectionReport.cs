using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Proxy.Connections;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>The live connections.</summary>
internal static class ConnectionReport
{
    public static ConnectionsMessage Of(IReadOnlyList<ConnectionInfo> connections, int limit) => new()
    {
        Total = connections.Count,
        Items = [.. connections.Take(limit).Select(Connection)],
    };

    private static ConnectionMessage Connection(ConnectionInfo connection) => new()
    {
        Id = connection.Id,
        Loop = connection.Loop,
        Direction = connection.Direction switch
        {
            ConnectionDirection.Outbound => "outbound",
            ConnectionDirection.Mesh => "mesh",
            _ => "inbound",
        },
        OpenedAt = connection.OpenedAt,
        AgeSeconds = connection.Age.TotalSeconds,
        Source = new ConnectionEndMessage
        {
            Address = Texts.Of(connection.SourceAddress),
            Workload = connection.SourceWorkload,
            Principal = connection.SourcePrincipal,
        },
        Destination = new ConnectionEndMessage
        {
            Address = Texts.Of(connection.DestinationAddress),
            Workload = connection.DestinationWorkload,
            Principal = connection.DestinationPrincipal,
            Endpoint = connection.Endpoint is { } endpoint ? Texts.Of(endpoint) : null,
        },
        Service = connection.Service,
        Protocol = connection.Protocol,
        Security = connection.Security,
        TlsVersion = connection.TlsVersion,
        Cipher = connection.Cipher,
        SentBytes = connection.SentBytes,
        ReceivedBytes = connection.ReceivedBytes,
    };
}
