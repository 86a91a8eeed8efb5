using NodeMesh.Resources.Services;

namespace NodeMesh.Resources.Checking;

/// <summary>DNS names of services and outside hosts against one another: a name leads to one service.</summary>
internal static class NameChecks
{
    public static void Check(MeshIndex mesh, Service service, CheckedDocument at)
    {
        for (var i = 0; i < service.Hostnames.Count; i++)
        {
            var hostname = service.Hostnames[i];
            if (mesh.ServiceNamed(hostname) is { } owner && owner != service.Key)
            {
                at.Error($"spec.hostnames[{i}]", $"{hostname} is a name of {owner} already; a name leads to one service");
            }
        }
    }

    public static void Check(MeshIndex mesh, ServiceEntry entry, CheckedDocument at)
    {
        for (var i = 0; i < entry.Hosts.Count; i++)
        {
            var host = entry.Hosts[i];
            if (mesh.ServiceNamed(host) is { } owner)
            {
                at.Error($"spec.hosts[{i}]", $"{host} is a name of {owner} already; a name leads to one service");
            }

            foreach (var port in entry.Ports)
            {
                if (mesh.OwnerOf(Claim.EntryPort(host, port.Port)) is { } other && other != entry.Key)
                {
                    at.Error($"spec.hosts[{i}]", $"port {port.Port} of {host} is {other}'s already; merge the two");
                }
            }
        }
    }
}
