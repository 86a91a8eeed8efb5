using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Health;

/// <summary>What makes a running check the same after a reload: whom it is about, how it checks, and where.</summary>
internal readonly record struct HealthCheckKey(string Workload, HealthCheck Check, IpEndpoint Address)
{
    internal static HealthCheckKey Of(HealthTarget target) => new(target.Workload, target.Check, target.Address);
}
