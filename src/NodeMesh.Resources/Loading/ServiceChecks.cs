using System.Net;
using System.Net.Sockets;
using NodeMesh.Resources.Services;

namespace NodeMesh.Resources.Loading;

/// <summary>Services against their workloads, and their virtual addresses against one another and the nodes.</summary>
internal sealed class ServiceChecks(ResourceSet set)
{
    private readonly Dictionary<IPAddress, ResourceKey> _givenVips = [];
    private readonly Dictionary<IPAddress, string> _nodes = NodeAddresses(set);

    public void Check(Service service, ParsedResource at)
    {
        CheckWorkloads(service, at);
        CheckGivenVips(service, at);
        CheckAllocatedVips(service, at);
    }

    private void CheckWorkloads(Service service, ParsedResource at)
    {
        if (service.Selector is null)
        {
            return;
        }

        var workloads = set.WorkloadsOf(service).ToArray();
        if (workloads.Length == 0)
        {
            at.Warning("spec.selector", $"no workload of namespace {service.Namespace} has the labels {service.Selector}; connections to the service fail");
            return;
        }

        for (var i = 0; i < service.Ports.Count; i++)
        {
            var target = service.Ports[i].TargetPort;
            var without = workloads.Where(workload => workload.FindPort(target) is null).ToArray();
            var path = $"spec.ports[{i}].targetPort";
            if (without.Length == workloads.Length)
            {
                at.Error(path, $"none of the selected workloads has the port {target}; declare it in {without[0].Key}, or name another");
            }
            else if (without.Length > 0)
            {
                at.Warning(path, $"{without.Length} of {workloads.Length} selected workloads, such as {without[0].Key}, have no port {target} and serve nothing here");
            }
        }
    }

    private void CheckGivenVips(Service service, ParsedResource at)
    {
        for (var i = 0; i < service.Vips.Count; i++)
        {
            var vip = service.Vips[i];
            if (!_givenVips.TryAdd(vip, service.Key))
            {
                at.Error($"spec.vips[{i}]", $"{vip} is given to {_givenVips[vip]} already; give each service its own, or leave it out to have one allocated");
            }

            if (_nodes.TryGetValue(vip, out var node))
            {
                at.Error($"spec.vips[{i}]", $"{vip} is an address of Node {node}; a VIP belongs to no machine");
            }
        }
    }

    private void CheckAllocatedVips(Service service, ParsedResource at)
    {
        var vips = set.Vips.Of(service);
        if ((vips.IPv4 is null && HasRange(AddressFamily.InterNetwork)) || (vips.IPv6 is null && HasRange(AddressFamily.InterNetworkV6)))
        {
            at.Error("spec", "the VIP ranges of the MeshConfig have no free address left; widen vipRanges");
        }
    }

    private bool HasRange(AddressFamily family) => set.Mesh.VipRanges.AsEnumerable().Any(range => range.BaseAddress.AddressFamily == family);

    private static Dictionary<IPAddress, string> NodeAddresses(ResourceSet set)
    {
        var addresses = new Dictionary<IPAddress, string>();
        foreach (var node in set.Nodes)
        {
            foreach (var address in node.Addresses)
            {
                addresses.TryAdd(address, node.Name);
            }
        }

        return addresses;
    }
}
