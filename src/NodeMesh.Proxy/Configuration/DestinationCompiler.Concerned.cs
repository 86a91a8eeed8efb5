using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <content>Which resources become something else by a change.</content>
internal sealed partial class DestinationCompiler
{
    private ConcernedResources All()
    {
        _outsideVips = new OutsideVips(_resources);
        return new ConcernedResources([], _resources.Services, _resources.ServiceEntries, _resources.Workloads);
    }

    private ConcernedResources FindConcerned(IReadOnlyCollection<ResourceKey> changed)
    {
        var keys = new SortedSet<ResourceKey>(ResourceKey.Order);
        foreach (var key in changed)
        {
            AddConcerned(_before.Resources.Find(key), keys);
            AddConcerned(_resources.Find(key), keys);
        }

        AddMoved(changed, keys);
        return new ConcernedResources(keys, Those<Service>(keys), Those<ServiceEntry>(keys), Those<Workload>(keys));
    }

    /// <param name="resource">As it was, or as it is.</param>
    private void AddConcerned(Resource? resource, SortedSet<ResourceKey> keys)
    {
        switch (resource)
        {
            case Workload workload:
                keys.Add(workload.Key);
                keys.UnionWith(_resources.ServicesOf(workload).Select(service => service.Key));
                foreach (var port in workload.Ports)
                {
                    foreach (var address in WorkloadAddresses.Wanted(_resources, workload, port))
                    {
                        AddUsers(address, keys);
                    }
                }

                break;
            case Service service:
                // Workloads are called by the names of their services.
                keys.Add(service.Key);
                keys.UnionWith(_resources.WorkloadsOf(service).Select(workload => workload.Key));
                break;
            case ServiceEntry entry:
                keys.Add(entry.Key);
                break;
            default:
                break;
        }
    }

    /// <summary>Who names the address as a static endpoint names the workload that has it.</summary>
    private void AddUsers(IpEndpoint address, SortedSet<ResourceKey> keys)
    {
        if (_before.Users.TryGetValue(address, out var users))
        {
            keys.UnionWith(users);
        }
    }

    /// <summary>Those with other virtual addresses than before, which a new name may have taken from them.</summary>
    private void AddMoved(IReadOnlyCollection<ResourceKey> changed, SortedSet<ResourceKey> keys)
    {
        var hasSameVips = ReferenceEquals(_resources.Vips, _before.Resources.Vips);
        if (!hasSameVips)
        {
            keys.UnionWith(_resources.Services.AsEnumerable()
                .Where(service => !_resources.Vips.Of(service).Equals(_before.Resources.Vips.Of(service)))
                .Select(service => service.Key));
        }

        if (hasSameVips && !changed.Any(key => key.Kind is "ServiceEntry"))
        {
            return;
        }

        _outsideVips = new OutsideVips(_resources);
        keys.UnionWith(_resources.ServiceEntries.AsEnumerable()
            .Where(entry => entry.Hosts.AsEnumerable().Any(host => !_outsideVips.Of(host).SequenceEqual(_before.OutsideVips.Of(host))))
            .Select(entry => entry.Key));
    }

    private T[] Those<T>(SortedSet<ResourceKey> keys)
        where T : Resource => [.. keys.Select(_resources.Find).OfType<T>()];

    /// <summary>What is taken out, and what is put in; each in order.</summary>
    private sealed record ConcernedResources(
        IReadOnlyCollection<ResourceKey> Keys, IReadOnlyList<Service> Services, IReadOnlyList<ServiceEntry> Entries, IReadOnlyList<Workload> Workloads);
}
