namespace NodeMesh.Resources.Workloads;

/// <summary>Healthy when a TCP connection to the port opens in time.</summary>
public sealed record TcpHealthCheck
{
    /// <summary>The port to connect to, at the address of the workload's port of that name or number, else at 127.0.0.1.</summary>
    public required PortReference Port { get; init; }
}
