namespace NodeMesh.Proxy.Telemetry;

/// <summary>One end of a connection as metric labels.</summary>
/// <param name="Workload">The Workload's name.</param>
/// <param name="Namespace">The Workload's namespace.</param>
/// <param name="Principal">The SPIFFE ID it proved, or was attested as.</param>
public readonly record struct PeerLabels(string Workload, string Namespace, string Principal)
{
    public static PeerLabels Unknown { get; } = new(ConnectionLabels.Unknown, ConnectionLabels.Unknown, ConnectionLabels.Unknown);
}
