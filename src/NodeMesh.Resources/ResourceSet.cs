using System.Diagnostics.CodeAnalysis;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources;

/// <summary>
/// Every resource of a mesh at one moment. Immutable and swapped whole, so safe on any thread. Lists of a kind are in order of namespace and
/// name, whatever order the files had.
/// </summary>
public sealed class ResourceSet
{
    private readonly Dictionary<ResourceKey, Resource> _byKey;
    private readonly Dictionary<ResourceKey, SourceLocation> _origins;
    private readonly Dictionary<string, ValueList<Workload>> _workloadsByNode;
    private readonly WorkloadIndex _workloadIndex;

    private ResourceSet(Resource[] resources, MeshConfig mesh, Dictionary<ResourceKey, SourceLocation> origins)
    {
        All = ValueList.Create<Resource>(resources);
        Mesh = mesh;
        _byKey = resources.ToDictionary(resource => resource.Key);
        _origins = origins;
        Nodes = resources.OfType<Node>().ToValueList();
        Workloads = resources.OfType<Workload>().ToValueList();
        Services = resources.OfType<Service>().ToValueList();
        ServiceEntries = resources.OfType<ServiceEntry>().ToValueList();
        PeerAuthentications = resources.OfType<PeerAuthentication>().ToValueList();
        AuthorizationPolicies = resources.OfType<AuthorizationPolicy>().ToValueList();
        Vips = VipAllocator.Allocate(mesh, Nodes, Services);
        _workloadIndex = new WorkloadIndex(Workloads);
        _workloadsByNode = Workloads.AsEnumerable()
            .GroupBy(workload => workload.Node, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToValueList(), StringComparer.Ordinal);
    }

    /// <summary>Every resource, in order of kind, namespace and name.</summary>
    public ValueList<Resource> All { get; }

    public MeshConfig Mesh { get; }

    public ValueList<Node> Nodes { get; }

    public ValueList<Workload> Workloads { get; }

    public ValueList<Service> Services { get; }

    public ValueList<ServiceEntry> ServiceEntries { get; }

    public ValueList<PeerAuthentication> PeerAuthentications { get; }

    public ValueList<AuthorizationPolicy> AuthorizationPolicies { get; }

    /// <summary>The virtual addresses of every service; the same on every node that has the same resources.</summary>
    public VipTable Vips { get; }

    /// <summary>A set of these resources, unchecked but for what makes it a set: one MeshConfig, no key twice.</summary>
    /// <exception cref="ArgumentException">There is not exactly one MeshConfig, or a key stands twice.</exception>
    public static ResourceSet Create(IEnumerable<Resource> resources)
    {
        var ordered = resources.ToArray();
        Array.Sort(ordered, (left, right) => ResourceKey.Compare(left.Key, right.Key));
        return Create(ordered, []);
    }

    public bool TryGet(ResourceKey key, [NotNullWhen(true)] out Resource? resource) => _byKey.TryGetValue(key, out resource);

    /// <summary>Where the resource stands, when it came from a file.</summary>
    public SourceLocation? OriginOf(ResourceKey key) => _origins.TryGetValue(key, out var origin) ? origin : null;

    public Node? FindNode(string name) => _byKey.GetValueOrDefault(new ResourceKey("Node", "", name)) as Node;

    public Workload? FindWorkload(string @namespace, string name) =>
        _byKey.GetValueOrDefault(new ResourceKey("Workload", @namespace, name)) as Workload;

    public Service? FindService(string @namespace, string name) =>
        _byKey.GetValueOrDefault(new ResourceKey("Service", @namespace, name)) as Service;

    /// <summary>The workloads behind a service, in order of name; none for a service of static endpoints.</summary>
    public IEnumerable<Workload> WorkloadsOf(Service service) =>
        service.Selector is { } selector ? _workloadIndex.Matching(service.Namespace, selector) : [];

    public ValueList<Workload> WorkloadsOn(string node) => _workloadsByNode.GetValueOrDefault(node, []);

    /// <param name="documents">In order of key.</param>
    internal static ResourceSet Create(IReadOnlyList<MeshDocument> documents) =>
        Create([.. documents.Select(document => document.Resource)], documents.ToDictionary(document => document.Key, document => document.Location));

    private static ResourceSet Create(Resource[] ordered, Dictionary<ResourceKey, SourceLocation> origins) =>
        ordered.OfType<MeshConfig>().ToArray() is [var mesh]
            ? new ResourceSet(ordered, mesh, origins)
            : throw new ArgumentException("a resource set has exactly one MeshConfig", nameof(ordered));
}
