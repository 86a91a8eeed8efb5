using System.Diagnostics.CodeAnalysis;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Checking;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources;

/// <summary>
/// Every resource of a mesh at one moment. Immutable and swapped whole, so safe on any thread; what did not change is shared with the set before. Lists of
/// a kind are in order of namespace and name, whatever order the files had, and made when they are asked for first.
/// </summary>
public sealed class ResourceSet
{
    private readonly MeshIndex _index;

    /// <param name="index">With a MeshConfig.</param>
    internal ResourceSet(MeshIndex index)
    {
        _index = index;
    }

    /// <summary>Every resource, in order of kind, namespace and name.</summary>
    public ValueList<Resource> All => field ??= _index.All.Select(document => document.Resource).ToValueList();

    public int Count => _index.Count;

    public MeshConfig Mesh => _index.Mesh;

    public ValueList<Node> Nodes => field ??= OfKind<Node>(NodeKind.Kind.Kind);

    public ValueList<Workload> Workloads => field ??= OfKind<Workload>(WorkloadKind.Kind.Kind);

    public ValueList<Service> Services => field ??= OfKind<Service>(ServiceKind.Kind.Kind);

    public ValueList<ServiceEntry> ServiceEntries => field ??= OfKind<ServiceEntry>(ServiceEntryKind.Kind.Kind);

    public ValueList<PeerAuthentication> PeerAuthentications => field ??= OfKind<PeerAuthentication>(PeerAuthenticationKind.Kind.Kind);

    public ValueList<AuthorizationPolicy> AuthorizationPolicies => field ??= OfKind<AuthorizationPolicy>(AuthorizationPolicyKind.Kind.Kind);

    /// <summary>The virtual addresses of every service; the same on every node that has the same resources.</summary>
    public VipTable Vips => _index.Vips;

    /// <summary>A set of these resources, unchecked but for what makes it a set: one MeshConfig, no key twice.</summary>
    /// <exception cref="ArgumentException">There is not exactly one MeshConfig, or a key stands twice.</exception>
    public static ResourceSet Create(IEnumerable<Resource> resources)
    {
        var change = new MeshChange(MeshIndex.Empty);
        foreach (var resource in resources)
        {
            if (!change.TryAdd(new MeshDocument(resource, ResourceFile.None, default)))
            {
                throw new ArgumentException($"{resource.Key} stands twice in a resource set", nameof(resources));
            }
        }

        var index = change.ToIndex();
        return index.OfKind(MeshConfigKind.Kind.Kind).Count == 1
            ? new ResourceSet(index)
            : throw new ArgumentException("a resource set has exactly one MeshConfig", nameof(resources));
    }

    /// <summary>
    /// What is new, gone or says something else than in an earlier set; null when that is not known, and anything may have changed. Known is the step from
    /// the set that this one was made of.
    /// </summary>
    public IReadOnlyCollection<ResourceKey>? ChangedSince(ResourceSet earlier) => _index.ChangedSince(earlier._index);

    public Resource? Find(ResourceKey key) => _index.Find(key)?.Resource;

    public bool TryGet(ResourceKey key, [NotNullWhen(true)] out Resource? resource)
    {
        resource = Find(key);
        return resource is not null;
    }

    public Node? FindNode(string name) => _index.Find<Node>(new ResourceKey("Node", "", name));

    public Workload? FindWorkload(string @namespace, string name) => _index.Find<Workload>(new ResourceKey("Workload", @namespace, name));

    public Service? FindService(string @namespace, string name) => _index.Find<Service>(new ResourceKey("Service", @namespace, name));

    /// <summary>The workloads behind a service, in order of name; none for a service of static endpoints.</summary>
    public IEnumerable<Workload> WorkloadsOf(Service service) =>
        service.Selector is { } selector ? _index.WorkloadsWith(service.Namespace, selector) : [];

    /// <summary>The services that a workload is behind.</summary>
    public IEnumerable<Service> ServicesOf(Workload workload) => _index.SelectorsOf(workload).OfType<Service>();

    /// <summary>The workloads of a node, in order of namespace and name.</summary>
    public IEnumerable<Workload> WorkloadsOn(string node) => _index.WorkloadsOn(node);

    private ValueList<T> OfKind<T>(string kind)
        where T : Resource => _index.Resources<T>(kind).ToValueList();
}
