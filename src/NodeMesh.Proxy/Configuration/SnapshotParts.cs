using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;

namespace NodeMesh.Proxy.Configuration;

/// <summary>What <see cref="SnapshotCompiler"/> gathers before it is frozen. Lives for one compilation, on one thread.</summary>
internal sealed class SnapshotParts
{
    internal required ResourceSet Resources { get; init; }

    internal required string NodeName { get; init; }

    internal required long Revision { get; init; }

    /// <summary>Every endpoint once, by its address.</summary>
    internal Dictionary<IpEndpoint, Endpoint> Endpoints { get; } = [];

    internal Dictionary<IpEndpoint, MeshServicePort> ByAddress { get; } = [];

    internal List<(IPNetwork Range, ushort Port, MeshServicePort Value)> Ranges { get; } = [];

    internal HashSet<UInt128> VirtualAddresses { get; } = [];

    internal List<(string Name, IReadOnlyList<IPAddress> Addresses)> DnsNames { get; } = [];

    internal List<MeshServicePort> Services { get; } = [];

    internal List<LocalWorkload> Workloads { get; } = [];

    /// <summary>Local ports by the addresses the mesh knows them by.</summary>
    internal Dictionary<IpEndpoint, InboundPort> Inbound { get; } = [];

    internal List<HealthTarget> HealthTargets { get; } = [];

    internal List<string> Warnings { get; } = [];

    internal WorkloadMatcher Matcher { get; set; } = WorkloadMatcher.Empty;
}
