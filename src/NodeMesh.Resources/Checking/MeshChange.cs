using System.Collections.Immutable;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources.Checking;

/// <summary>The step from one index to the next: what becomes of resources, and whom that concerns. Lives for one change, on one thread.</summary>
internal sealed class MeshChange(MeshIndex before)
{
    private readonly Dictionary<ResourceKey, (Resource? Before, MeshDocument? After)> _changes = [];

    public void Put(MeshDocument document) => _changes[document.Key] = (before.Find(document.Key)?.Resource, document);

    /// <summary>False when the resource was put before.</summary>
    public bool TryAdd(MeshDocument document) => _changes.TryAdd(document.Key, (before.Find(document.Key)?.Resource, document));

    public void Remove(ResourceKey key)
    {
        if (before.Find(key) is { } document)
        {
            _changes[key] = (document.Resource, null);
        }
    }

    /// <summary>The next index.</summary>
    public MeshIndex ToIndex()
    {
        var documents = before.Documents.ToBuilder();
        foreach (var kind in _changes.GroupBy(change => change.Key.Kind, StringComparer.Ordinal))
        {
            var ofKind = before.OfKind(kind.Key).ToBuilder();
            foreach (var (key, (_, after)) in kind)
            {
                if (after is null)
                {
                    ofKind.Remove(key);
                }
                else
                {
                    ofKind[key] = after;
                }
            }

            documents[kind.Key] = ofKind.ToImmutable();
        }

        ResourceKey[] changed = [.. _changes.Where(change => change.Value.After is not { } after || !after.Resource.Equals(change.Value.Before)).Select(change => change.Key)];
        return before.Next(documents.ToImmutable(), Claimants(), changed, sameVips: !_changes.Values.Any(ChangesVips));
    }

    /// <summary>Every resource about which there may be something else to say than before.</summary>
    public HashSet<ResourceKey> Concerned(MeshIndex after)
    {
        // What a MeshConfig says holds for everything, and where addresses run out, one service takes another's.
        if (_changes.Keys.Any(key => string.Equals(key.Kind, MeshConfigKind.Kind.Kind, StringComparison.Ordinal)))
        {
            return [.. _changes.Keys, .. after.All.Select(document => document.Key)];
        }

        var concerned = new HashSet<ResourceKey>(_changes.Keys);
        if (!after.HasRoomForVips || !before.HasRoomForVips)
        {
            concerned.UnionWith(after.OfKind(ServiceKind.Kind.Kind).Keys);
        }

        foreach (var (was, becomes) in _changes.Values)
        {
            AddRivals(becomes?.Resource, after, concerned);
            AddDependents(was, after, concerned);
            AddDependents(becomes?.Resource, after, concerned);
            if (was is Node gone && becomes is null)
            {
                concerned.UnionWith(after.ClaimantsOf(Claim.OnNode(gone.Name)));
            }
        }

        return concerned;
    }

    /// <summary>True when virtual addresses, which follow from ranges, nodes' addresses and services' names, may be others afterwards.</summary>
    private static bool ChangesVips((Resource? Before, MeshDocument? After) change) => (change.Before, change.After?.Resource) switch
    {
        (Service was, Service becomes) => !was.Vips.Equals(becomes.Vips),
        (Node was, Node becomes) => !was.Addresses.Equals(becomes.Addresses),
        (MeshConfig was, MeshConfig becomes) => !was.VipRanges.Equals(becomes.VipRanges),
        (Service or Node or MeshConfig, _) or (_, Service or Node or MeshConfig) => true,
        _ => false,
    };

    /// <summary>Those who want the same.</summary>
    private static void AddRivals(Resource? resource, MeshIndex after, HashSet<ResourceKey> concerned)
    {
        foreach (var claim in resource is null ? [] : Claim.Of(resource))
        {
            if (claim.Kind is not (ClaimKind.NodeAddress or ClaimKind.OnNode or ClaimKind.Label or ClaimKind.Selection or ClaimKind.EntryHost))
            {
                concerned.UnionWith(after.ClaimantsOf(claim));
            }
        }

        if (resource is PeerAuthentication { Selector: { } selector } authentication)
        {
            foreach (var workload in after.WorkloadsWith(Claim.ScopeOf(authentication), selector.MatchLabels))
            {
                concerned.UnionWith(after.SelectorsOf(workload).OfType<PeerAuthentication>().Select(other => other.Key));
            }
        }
    }

    /// <summary>Those who are judged by what a resource of another kind says.</summary>
    private static void AddDependents(Resource? resource, MeshIndex after, HashSet<ResourceKey> concerned)
    {
        switch (resource)
        {
            case Node node:
                foreach (var address in node.Addresses)
                {
                    concerned.UnionWith(after.ClaimantsOf(Claim.GivenVip(address)));
                }

                break;
            case Workload workload:
                concerned.UnionWith(after.SelectorsOf(workload).Select(selecting => selecting.Key));
                break;
            case Service service when after.Config is not null:
                foreach (var name in service.Hostnames.AsEnumerable().Append(service.DnsName(after.Mesh.DnsDomain)))
                {
                    concerned.UnionWith(after.ClaimantsOf(Claim.Hostname(name)));
                    concerned.UnionWith(after.ClaimantsOf(Claim.EntryHost(name)));
                }

                break;
            default:
                break;
        }
    }

    private ImmutableDictionary<Claim, ImmutableSortedSet<ResourceKey>> Claimants()
    {
        // Of what a change both takes and gives back, only the outcome counts.
        var builders = new Dictionary<Claim, ImmutableSortedSet<ResourceKey>.Builder>();
        ImmutableSortedSet<ResourceKey>.Builder At(Claim claim)
        {
            if (!builders.TryGetValue(claim, out var builder))
            {
                builders.Add(claim, builder = before.ClaimantsOf(claim).ToBuilder());
            }

            return builder;
        }

        foreach (var (key, (was, becomes)) in _changes)
        {
            foreach (var claim in was is null ? [] : Claim.Of(was))
            {
                At(claim).Remove(key);
            }

            foreach (var claim in becomes is null ? [] : Claim.Of(becomes.Resource))
            {
                At(claim).Add(key);
            }
        }

        var claimants = before.Claimants.ToBuilder();
        foreach (var (claim, builder) in builders)
        {
            if (builder.Count == 0)
            {
                claimants.Remove(claim);
            }
            else
            {
                claimants[claim] = builder.ToImmutable();
            }
        }

        return claimants.ToImmutable();
    }
}
