using NodeMesh.Linux.Sockets;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <summary>An active health check that this node runs: where it connects, and whose state it decides.</summary>
/// <param name="Workload">The local workload as <c>namespace/name</c>.</param>
/// <param name="Check">Intervals and thresholds.</param>
/// <param name="Address">Where a connection must open.</param>
/// <param name="States">Those of all the workload's ports.</param>
public sealed record HealthTarget(string Workload, HealthCheck Check, IpEndpoint Address, IReadOnlyList<EndpointState> States);
