using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Where every address of the mesh leads, as one node sees it. Immutable; the next one shares with this one all that did not change, so a change costs what
/// it concerns and not what there is. Made by <see cref="DestinationCompiler"/>, part of a snapshot.
/// </summary>
internal sealed record Destinations
{
    private static readonly ImmutableSortedDictionary<ResourceKey, CompiledResource> NoResources =
        ImmutableSortedDictionary.Create<ResourceKey, CompiledResource>(ResourceKey.Order);

    /// <summary>What it was compiled from.</summary>
    public required ResourceSet Resources { get; init; }

    public ImmutableSortedDictionary<ResourceKey, CompiledResource> Services { get; init; } = NoResources;

    public ImmutableSortedDictionary<ResourceKey, CompiledResource> Entries { get; init; } = NoResources;

    public ImmutableSortedDictionary<ResourceKey, CompiledResource> Workloads { get; init; } = NoResources;

    /// <summary>Every endpoint once, by its address.</summary>
    public ImmutableDictionary<IpEndpoint, Endpoint> Endpoints { get; init; } = ImmutableDictionary<IpEndpoint, Endpoint>.Empty;

    /// <summary>The services and entries that have an endpoint at an address, which has no scope here, in order.</summary>
    public ImmutableDictionary<IpEndpoint, ImmutableSortedSet<ResourceKey>> Users { get; init; } =
        ImmutableDictionary<IpEndpoint, ImmutableSortedSet<ResourceKey>>.Empty;

    /// <summary>Addresses without scope that are known one by one.</summary>
    public ImmutableDictionary<IpEndpoint, MeshServicePort> ByAddress { get; init; } = ImmutableDictionary<IpEndpoint, MeshServicePort>.Empty;

    /// <summary>How many endpoints are dialled at an address: with an identity, over a mesh link; without, in whatever way.</summary>
    public ImmutableDictionary<(SpiffeId? Identity, IpEndpoint Address), int> Dialled { get; init; } =
        ImmutableDictionary<(SpiffeId? Identity, IpEndpoint Address), int>.Empty;

    /// <summary>Which resources there are doubts about; the doubts are theirs.</summary>
    public ImmutableSortedSet<ResourceKey> Doubtful { get; init; } = ImmutableSortedSet.Create(ResourceKey.Order);

    /// <summary>Addresses that several want, each one sentence.</summary>
    public IReadOnlyList<string> Contests { get; init; } = [];

    /// <summary>
    /// True when someone does not have an address that it would have if another were not there, or when two endpoints may differ in their scope alone: what
    /// a change does then depends on all that there is.
    /// </summary>
    public bool IsContested { get; init; }

    public AddressRanges Ranges { get; init; } = AddressRanges.Empty;

    public OutsideVips OutsideVips { get; init; } = OutsideVips.None;

    /// <summary>Virtual addresses that operators gave to services from outside the virtual ranges.</summary>
    public FrozenSet<UInt128> GivenVips { get; init; } = FrozenSet<UInt128>.Empty;

    /// <summary>Every name with its addresses, in order of the resources; a name may stand here more than once. The same object while they are the same.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<IPAddress> Addresses)> Names { get; init; } = [];

    public IEnumerable<string> Warnings => Contests.Concat(Doubtful.SelectMany(key => Find(key)!.Warnings));

    /// <summary>The addresses of a workload's port, its node's preferred one first; none when it cannot be reached.</summary>
    public IEnumerable<IpEndpoint> AddressesOf(Workload workload, WorkloadPort port) =>
        Workloads.TryGetValue(workload.Key, out var compiled) ? compiled.AddressesOf(port.Name) : [];

    public CompiledResource? Find(ResourceKey key) =>
        Services.GetValueOrDefault(key) ?? Entries.GetValueOrDefault(key) ?? Workloads.GetValueOrDefault(key);
}
