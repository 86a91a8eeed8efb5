using System.Net;
using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Proxy.Explaining;

/// <summary>The address that a question's destination stands for.</summary>
internal static class DestinationFinder
{
    /// <param name="step">Is told how it was found.</param>
    public static IPAddress? Find(string text, MeshSnapshot here, Action<string> step)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            return address;
        }

        var parts = text.Split('/');
        if (parts.Length != 2)
        {
            var name = text.TrimEnd('.');
            address = FindByName(name, here);
            if (address is not null)
            {
                step($"the mesh's DNS answers {name} with {address}");
            }

            return address;
        }

        if (here.Resources.FindService(parts[0], parts[1]) is { } service && FindByName(service.DnsName(here.Resources.Mesh.DnsDomain), here) is { } vip)
        {
            step($"the Service {text} has the address {vip}");
            return vip;
        }

        if (here.Resources.FindWorkload(parts[0], parts[1]) is { } workload && here.Resources.FindNode(workload.Node) is { } node)
        {
            step($"the Workload {text} is on {node.Name}, {node.Addresses[0]}");
            return node.Addresses[0];
        }

        return null;
    }

    private static IPAddress? FindByName(string name, MeshSnapshot here) =>
        here.DnsNames.FirstOrDefault(entry => string.Equals(entry.Name, name, StringComparison.OrdinalIgnoreCase)).Addresses is [var first, ..]
            ? first
            : null;
}
