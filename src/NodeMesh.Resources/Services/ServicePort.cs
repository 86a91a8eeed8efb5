namespace NodeMesh.Resources.Services;

/// <summary>A port clients of a service connect to.</summary>
public sealed record ServicePort
{
    /// <summary>Unique in the service. May be left out when the service has one port; then it is empty.</summary>
    public string Name { get; init; } = "";

    public required ushort Port { get; init; }

    /// <summary>The workload's port that serves it; the same number when the operator gives none.</summary>
    public required PortReference TargetPort { get; init; }

    public AppProtocol Protocol { get; init; }
}
