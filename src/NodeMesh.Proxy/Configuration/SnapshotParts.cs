using NodeMesh.Linux.Sockets;

namespace NodeMesh.Proxy.Configuration;

/// <summary>What <see cref="SnapshotCompiler"/> gathers before it is frozen. Lives for one compilation, on one thread.</summary>
internal sealed class SnapshotParts
{
    internal required Destinations Destinations { get; init; }

    internal required string NodeName { get; init; }

    internal required long Revision { get; init; }

    internal List<LocalWorkload> Workloads { get; } = [];

    /// <summary>Local ports by the addresses the mesh knows them by.</summary>
    internal Dictionary<IpEndpoint, InboundPort> Inbound { get; } = [];

    internal List<HealthTarget> HealthTargets { get; } = [];

    /// <summary>About this node's own workloads.</summary>
    internal List<string> Warnings { get; } = [];

    internal WorkloadMatcher Matcher { get; set; } = WorkloadMatcher.Empty;
}
