using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Connections;

/// <summary>A live connection as operators see it: a copy, made on the connection's loop.</summary>
public sealed record ConnectionInfo
{
    public required long Id { get; init; }

    public required int Loop { get; init; }

    public required ConnectionDirection Direction { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    public required TimeSpan Age { get; init; }

    public required IpEndpoint SourceAddress { get; init; }

    /// <summary><c>namespace/name</c>, when it is a workload of this node.</summary>
    public string? SourceWorkload { get; init; }

    /// <summary>The SPIFFE ID that was attested or proven.</summary>
    public string? SourcePrincipal { get; init; }

    public required IpEndpoint DestinationAddress { get; init; }

    public string? DestinationWorkload { get; init; }

    public string? DestinationPrincipal { get; init; }

    /// <summary>The endpoint that was dialled.</summary>
    public IpEndpoint? Endpoint { get; init; }

    /// <summary><c>namespace/name</c> of the service.</summary>
    public string? Service { get; init; }

    public string? Protocol { get; init; }

    /// <summary><c>mutual_tls</c> or <c>none</c>.</summary>
    public required string Security { get; init; }

    public string? TlsVersion { get; init; }

    public string? Cipher { get; init; }

    /// <summary>Bytes sent to the client.</summary>
    public required long SentBytes { get; init; }

    /// <summary>Bytes received from the client.</summary>
    public required long ReceivedBytes { get; init; }
}
