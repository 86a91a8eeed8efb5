using System.Collections.Frozen;
using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Nodes;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// The mesh as this node sees it at one moment, compiled for look-ups that neither lock nor allocate. Immutable but for the state of its
/// endpoints; made off the loops by <see cref="SnapshotCompiler"/>, swapped by reference, and kept by a connection as long as it needs it.
/// </summary>
public sealed class MeshSnapshot
{
    private readonly FrozenDictionary<IpEndpoint, InboundPort> _inbound;
    private readonly FrozenDictionary<ushort, InboundPort> _inboundByPort;
    private readonly WorkloadMatcher _matcher;

    internal MeshSnapshot(SnapshotParts parts)
    {
        Revision = parts.Revision;
        Destinations = parts.Destinations;
        NodeName = parts.NodeName;
        Node = Resources.FindNode(parts.NodeName);
        Workloads = parts.Workloads;
        HealthTargets = parts.HealthTargets;
        Warnings = [.. Destinations.Warnings, .. parts.Warnings];
        InboundPorts = [.. parts.Inbound.Keys.Select(key => key.Port).Distinct().Order()];
        _inbound = parts.Inbound.ToFrozenDictionary();
        _inboundByPort = parts.Inbound.Values.Distinct()
            .GroupBy(port => port.Port)
            .Where(group => group.Count() == 1)
            .ToFrozenDictionary(group => group.Key, group => group.First());
        _matcher = parts.Matcher;
    }

    /// <summary>Counts the snapshots of this process, from 1.</summary>
    public long Revision { get; }

    /// <summary>What it was compiled from.</summary>
    public ResourceSet Resources => Destinations.Resources;

    public string NodeName { get; }

    /// <summary>This node's resource, or null when the mesh has none of this name: then it carries nothing for the mesh.</summary>
    public Node? Node { get; }

    public TrustDomain TrustDomain => Resources.Mesh.TrustDomain;

    public EgressMode Egress => Resources.Mesh.Egress.Mode;

    public UnknownSourcePolicy UnknownSources => Resources.Mesh.UnknownSources;

    /// <summary>How HTTP is read.</summary>
    public HttpSettings Http => Resources.Mesh.Http;

    /// <summary>Every port of every Service and ServiceEntry, in order of kind, namespace, name and port; made when it is asked for first.</summary>
    public IReadOnlyList<MeshServicePort> Services =>
        field ??= [.. Destinations.Services.Values.Concat(Destinations.Entries.Values).SelectMany(resource => resource.Ports)];

    /// <summary>Services and ServiceEntries.</summary>
    public int ServiceCount => Destinations.Services.Count + Destinations.Entries.Count;

    /// <summary>The workloads of this node, in order of namespace and name.</summary>
    public IReadOnlyList<LocalWorkload> Workloads { get; }

    /// <summary>Every endpoint, each once, in no order.</summary>
    public IEnumerable<Endpoint> Endpoints => Destinations.Endpoints.Values;

    /// <summary>
    /// The names that the local DNS answers for, with their addresses; a name may stand here more than once. The same object as in the snapshot before when
    /// no name changed in between.
    /// </summary>
    public IReadOnlyList<(string Name, IReadOnlyList<IPAddress> Addresses)> DnsNames => Destinations.Names;

    /// <summary>The ports to take inbound plaintext on, ascending.</summary>
    public IReadOnlyList<ushort> InboundPorts { get; }

    /// <summary>The health checks this node runs.</summary>
    public IReadOnlyList<HealthTarget> HealthTargets { get; }

    /// <summary>References that resolve to nothing and other doubts, each one sentence; what they concern is left out, never guessed.</summary>
    public IReadOnlyList<string> Warnings { get; }

    internal Destinations Destinations { get; }

    /// <summary>
    /// Where a connection to this address and port goes: by virtual address, by the real address of an endpoint, or by the longest address
    /// range of a ServiceEntry. Null: the mesh does not know it.
    /// </summary>
    public MeshServicePort? FindService(IpEndpoint destination) =>
        Destinations.ByAddress.TryGetValue(destination with { ScopeId = 0 }, out var service) ? service : Destinations.Ranges.Find(destination);

    /// <summary>
    /// True when the address is virtual, of a service or just out of a virtual range: nothing outside the mesh answers there, so a
    /// destination that <see cref="FindService"/> does not know is refused, not passed on.
    /// </summary>
    public bool IsVirtual(IpEndpoint destination)
    {
        if (Destinations.GivenVips.Contains(destination.Address))
        {
            return true;
        }

        foreach (var range in Resources.Mesh.VipRanges)
        {
            if (AddressRanges.Contains(range, destination))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The workload that a local process belongs to.</summary>
    public WorkloadMatch Match(in ProcessFacts process) => _matcher.Match(process);

    /// <summary>The local port behind a CONNECT authority; null when no workload of this node is known by that address and port.</summary>
    public InboundPort? FindInbound(IpEndpoint authority) => _inbound.GetValueOrDefault(authority with { ScopeId = 0 });

    /// <summary>
    /// The local port of inbound plaintext. A machine has more addresses than its Node names, so one that is not known is told by its port,
    /// if only one workload has that.
    /// </summary>
    public InboundPort? FindInboundPlaintext(IpEndpoint originalDestination) =>
        FindInbound(originalDestination) ?? _inboundByPort.GetValueOrDefault(originalDestination.Port);

    /// <summary>The endpoint that the mesh knows by an address.</summary>
    internal Endpoint? FindEndpoint(IpEndpoint address) => Destinations.Endpoints.GetValueOrDefault(address);

    /// <summary>True when an endpoint is dialled at the address; with an identity, one of that identity over a mesh link.</summary>
    internal bool Dials(SpiffeId? identity, IpEndpoint address) => Destinations.Dialled.ContainsKey((identity, address));

    /// <summary>The first local workload with this identity, by namespace and name; null when none has it.</summary>
    public LocalWorkload? FindWorkload(SpiffeId identity)
    {
        foreach (var workload in Workloads)
        {
            if (workload.Identity == identity)
            {
                return workload;
            }
        }

        return null;
    }
}
