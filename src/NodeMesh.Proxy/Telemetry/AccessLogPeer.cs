using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Telemetry;

/// <summary>One end of a connection as the access log shows it; what is null is left out.</summary>
public struct AccessLogPeer
{
    /// <summary>The client's address, or the original destination.</summary>
    public IpEndpoint Address { get; set; }

    /// <summary>Source only: the far end of the mesh link, whose daemon tells <see cref="Address"/>; default when it came over none.</summary>
    public IpEndpoint Via { get; set; }

    /// <summary>The Workload as <c>namespace/name</c>.</summary>
    public string? Workload { get; set; }

    /// <summary>The SPIFFE ID that was proved or attested.</summary>
    public string? Principal { get; set; }

    /// <summary>Destination only: the service as <c>namespace/name</c>.</summary>
    public string? Service { get; set; }

    /// <summary>Destination only: the address that was dialled; default when none was.</summary>
    public IpEndpoint Endpoint { get; set; }
}
