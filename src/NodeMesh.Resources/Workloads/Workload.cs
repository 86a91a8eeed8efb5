using NodeMesh.Spiffe;

namespace NodeMesh.Resources.Workloads;

/// <summary>
/// A group of processes on one node with an identity of its own. Workloads on several nodes may share a service account: they are then
/// instances of one identity.
/// </summary>
public sealed record Workload : Resource
{
    public override string Kind => "Workload";

    /// <summary>The name of the node the processes run on.</summary>
    public required string Node { get; init; }

    public required ProcessSelector Selector { get; init; }

    /// <summary>Empty for a workload that only calls others.</summary>
    public ValueList<WorkloadPort> Ports { get; init; } = [];

    /// <summary>The last part of the SPIFFE ID; the workload's name when the operator gives none.</summary>
    public required string ServiceAccount { get; init; }

    /// <summary>Null when the workload counts as healthy as long as connections to it open.</summary>
    public HealthCheck? HealthCheck { get; init; }

    /// <summary><c>spiffe://trust-domain/ns/namespace/sa/service-account</c>.</summary>
    public SpiffeId SpiffeIdIn(TrustDomain trustDomain) => SpiffeId.ForWorkload(trustDomain, Namespace, ServiceAccount);

    /// <summary>The port of this number or name, or null.</summary>
    public WorkloadPort? FindPort(PortReference reference)
    {
        foreach (var port in Ports)
        {
            if (reference.Name is null ? port.Port == reference.Number : string.Equals(port.Name, reference.Name, StringComparison.Ordinal))
            {
                return port;
            }
        }

        return null;
    }
}
