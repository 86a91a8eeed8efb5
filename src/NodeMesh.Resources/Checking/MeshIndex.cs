using System.Collections.Immutable;
using System.Net.Sockets;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources.Checking;

/// <summary>
/// Every resource of a mesh, by key and by what it claims. Immutable: <see cref="MeshChange"/> makes the next one in as many steps as differ,
/// and what did not change is shared by both.
/// </summary>
internal sealed class MeshIndex
{
    private static readonly ImmutableSortedDictionary<ResourceKey, MeshDocument> NoDocuments = ImmutableSortedDictionary.Create<ResourceKey, MeshDocument>(ResourceKey.Order);
    private static readonly ImmutableSortedSet<ResourceKey> NoClaimants = ImmutableSortedSet.Create<ResourceKey>(ResourceKey.Order);

    private readonly Lazy<VipTable> _vips;
    private WeakReference<MeshIndex>? _before;
    private IReadOnlyCollection<ResourceKey> _changed = [];

    private MeshIndex(
        ImmutableDictionary<string, ImmutableSortedDictionary<ResourceKey, MeshDocument>> documents,
        ImmutableDictionary<Claim, ImmutableSortedSet<ResourceKey>> claimants,
        Lazy<VipTable>? vips)
    {
        Documents = documents;
        Claimants = claimants;
        Config = OfKind(MeshConfigKind.Kind.Kind).Values.FirstOrDefault();
        _vips = vips ?? new Lazy<VipTable>(
            () => VipAllocator.Allocate(Mesh, Resources<Node>(NodeKind.Kind.Kind), Resources<Service>(ServiceKind.Kind.Kind)));
        HasRoomForVips = HasRoom(AddressFamily.InterNetwork) && HasRoom(AddressFamily.InterNetworkV6);
    }

    public static MeshIndex Empty { get; } = new(
        ImmutableDictionary.Create<string, ImmutableSortedDictionary<ResourceKey, MeshDocument>>(StringComparer.Ordinal),
        ImmutableDictionary<Claim, ImmutableSortedSet<ResourceKey>>.Empty,
        vips: null);

    /// <summary>By kind.</summary>
    public ImmutableDictionary<string, ImmutableSortedDictionary<ResourceKey, MeshDocument>> Documents { get; }

    /// <summary>Who claims what.</summary>
    public ImmutableDictionary<Claim, ImmutableSortedSet<ResourceKey>> Claimants { get; }

    /// <summary>Null when there is none, and so no mesh.</summary>
    public MeshDocument? Config { get; }

    public MeshConfig Mesh => (MeshConfig)Config!.Resource;

    public int Count => Documents.Values.Sum(documents => documents.Count);

    /// <summary>Every resource, in order of kind, namespace and name.</summary>
    public IEnumerable<MeshDocument> All => Documents.OrderBy(kind => kind.Key, StringComparer.Ordinal).SelectMany(kind => kind.Value.Values);

    /// <summary>
    /// True when the addresses of each family's first range are more than all that could be taken: then every service has its own, and nothing need
    /// be counted.
    /// </summary>
    public bool HasRoomForVips { get; }

    /// <summary>Worked out when it is asked for first.</summary>
    public VipTable Vips => _vips.Value;

    /// <summary>The next one.</summary>
    /// <param name="changed">What says something else in it, is new or gone.</param>
    /// <param name="sameVips">True when nothing changed that virtual addresses follow from.</param>
    public MeshIndex Next(
        ImmutableDictionary<string, ImmutableSortedDictionary<ResourceKey, MeshDocument>> documents,
        ImmutableDictionary<Claim, ImmutableSortedSet<ResourceKey>> claimants,
        IReadOnlyCollection<ResourceKey> changed,
        bool sameVips) =>
        new(documents, claimants, sameVips && _vips.IsValueCreated ? _vips : null) { _before = new WeakReference<MeshIndex>(this), _changed = changed };

    /// <summary>What changed in the step from an earlier index; null when this one was not made of that.</summary>
    public IReadOnlyCollection<ResourceKey>? ChangedSince(MeshIndex earlier) =>
        _before is not null && _before.TryGetTarget(out var before) && ReferenceEquals(before, earlier) ? _changed : null;

    public ImmutableSortedDictionary<ResourceKey, MeshDocument> OfKind(string kind) => Documents.GetValueOrDefault(kind, NoDocuments);

    public MeshDocument? Find(ResourceKey key) => OfKind(key.Kind).GetValueOrDefault(key);

    public T? Find<T>(ResourceKey key)
        where T : Resource => Find(key)?.Resource as T;

    public IEnumerable<T> Resources<T>(string kind)
        where T : Resource => OfKind(kind).Values.Select(document => (T)document.Resource);

    public ImmutableSortedSet<ResourceKey> ClaimantsOf(Claim claim) => Claimants.GetValueOrDefault(claim, NoClaimants);

    /// <summary>Who has it, should several claim it: the first in order.</summary>
    public ResourceKey? OwnerOf(Claim claim) => ClaimantsOf(claim) is { Count: > 0 } claimants ? claimants[0] : null;

    /// <summary>The workloads of a node, in order.</summary>
    public IEnumerable<Workload> WorkloadsOn(string node) => ClaimantsOf(Claim.OnNode(node)).Select(key => Find<Workload>(key)!);

    /// <summary>The workloads with these labels, in order.</summary>
    /// <param name="namespace">Empty for those of every namespace.</param>
    /// <param name="labels">At least one.</param>
    public IEnumerable<Workload> WorkloadsWith(string @namespace, Labels labels)
    {
        var fewest = labels.Select(label => ClaimantsOf(Claim.Label(@namespace, label.Key, label.Value))).MinBy(claimants => claimants.Count)!;
        return fewest.Select(key => Find<Workload>(key)!).Where(workload => workload.Metadata.Labels.Match(labels));
    }

    /// <summary>Services and policies whose selector matches the workload.</summary>
    public IEnumerable<Resource> SelectorsOf(Workload workload)
    {
        foreach (var (name, value) in workload.Metadata.Labels)
        {
            foreach (var scope in (string[])[workload.Namespace, ""])
            {
                foreach (var key in ClaimantsOf(Claim.Selection(scope, name, value)))
                {
                    var resource = Find(key)!.Resource;
                    if (resource is WorkloadPolicy policy ? policy.AppliesTo(workload) : workload.Metadata.Labels.Match(((Service)resource).Selector!))
                    {
                        yield return resource;
                    }
                }
            }
        }
    }

    /// <summary>The service that a name leads to; null when none does.</summary>
    public ResourceKey? ServiceNamed(string name)
    {
        var domain = "." + Mesh.DnsDomain;
        if (name.EndsWith(domain, StringComparison.Ordinal)
            && name[..^domain.Length].Split('.') is [var service, var @namespace]
            && Find(new ResourceKey("Service", @namespace, service)) is { } found)
        {
            return found.Key;
        }

        return OwnerOf(Claim.Hostname(name));
    }

    public bool HasVips(Service service)
    {
        var vips = Vips.Of(service);
        return (vips.IPv4 is not null || !HasRange(AddressFamily.InterNetwork)) && (vips.IPv6 is not null || !HasRange(AddressFamily.InterNetworkV6));
    }

    private bool HasRange(AddressFamily family) => Mesh.VipRanges.AsEnumerable().Any(range => range.BaseAddress.AddressFamily == family);

    private bool HasRoom(AddressFamily family)
    {
        if (Config is null || Mesh.VipRanges.AsEnumerable().FirstOrDefault(range => range.BaseAddress.AddressFamily == family) is not { PrefixLength: > 0 } range)
        {
            return true;
        }

        // A node has at most 16 addresses; a service takes one of each family, given or allocated.
        var taken = (OfKind("Service").Count * 2L) + (OfKind("Node").Count * 16L);
        var bits = (family == AddressFamily.InterNetwork ? 32 : 128) - range.PrefixLength;
        return bits > 32 || (1L << bits) - 2 >= taken;
    }
}
