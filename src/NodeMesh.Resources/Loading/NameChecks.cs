using NodeMesh.Resources.Services;

namespace NodeMesh.Resources.Loading;

/// <summary>DNS names of services and outside hosts against one another: a name leads to one service.</summary>
internal sealed class NameChecks
{
    private readonly Dictionary<string, ResourceKey> _owners;
    private readonly Dictionary<(string Host, ushort Port), ResourceKey> _entries = [];

    public NameChecks(ResourceSet set) =>
        _owners = set.Services.AsEnumerable().ToDictionary(service => service.DnsName(set.Mesh.DnsDomain), service => service.Key, StringComparer.Ordinal);

    public void Check(Service service, ParsedResource at)
    {
        for (var i = 0; i < service.Hostnames.Count; i++)
        {
            var hostname = service.Hostnames[i];
            if (_owners.TryGetValue(hostname, out var owner) && owner != service.Key)
            {
                at.Error($"spec.hostnames[{i}]", $"{hostname} is a name of {owner} already; a name leads to one service");
            }
            else
            {
                _owners[hostname] = service.Key;
            }
        }
    }

    /// <summary>Runs after <see cref="Check(Service, ParsedResource)"/> of every service: Service comes before ServiceEntry in a set.</summary>
    public void Check(ServiceEntry entry, ParsedResource at)
    {
        for (var i = 0; i < entry.Hosts.Count; i++)
        {
            if (_owners.TryGetValue(entry.Hosts[i], out var owner))
            {
                at.Error($"spec.hosts[{i}]", $"{entry.Hosts[i]} is a name of {owner} already; a name leads to one service");
            }

            foreach (var port in entry.Ports)
            {
                if (!_entries.TryAdd((entry.Hosts[i], port.Port), entry.Key))
                {
                    at.Error($"spec.hosts[{i}]", $"port {port.Port} of {entry.Hosts[i]} is {_entries[(entry.Hosts[i], port.Port)]}'s already; merge the two");
                }
            }
        }
    }
}
