using System.Net;

namespace NodeMesh.Resources.Workloads;

/// <summary>A port a workload serves on.</summary>
public sealed record WorkloadPort
{
    /// <summary>Unique in the workload; services name it in <c>targetPort</c>.</summary>
    public required string Name { get; init; }

    public required ushort Port { get; init; }

    public AppProtocol Protocol { get; init; }

    /// <summary>Where the application listens, as the daemon on its node reaches it.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;
}
