using NodeMesh.Resources.Services;

namespace NodeMesh.Resources.Checking;

/// <summary>A service against its workloads, and its virtual addresses against others' and the nodes.</summary>
internal static class ServiceChecks
{
    public static void Check(MeshIndex mesh, Service service, CheckedDocument at)
    {
        CheckWorkloads(mesh, service, at);
        CheckGivenVips(mesh, service, at);
        if (!mesh.HasRoomForVips && !mesh.HasVips(service))
        {
            at.Error("spec", "the VIP ranges of the MeshConfig have no free address left; widen vipRanges");
        }
    }

    private static void CheckWorkloads(MeshIndex mesh, Service service, CheckedDocument at)
    {
        if (service.Selector is null)
        {
            return;
        }

        var workloads = mesh.WorkloadsWith(service.Namespace, service.Selector).ToArray();
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

    private static void CheckGivenVips(MeshIndex mesh, Service service, CheckedDocument at)
    {
        for (var i = 0; i < service.Vips.Count; i++)
        {
            var vip = service.Vips[i];
            if (mesh.OwnerOf(Claim.GivenVip(vip)) is { } owner && owner != service.Key)
            {
                at.Error($"spec.vips[{i}]", $"{vip} is given to {owner} already; give each service its own, or leave it out to have one allocated");
            }

            if (mesh.OwnerOf(Claim.NodeAddress(vip)) is { } node)
            {
                at.Error($"spec.vips[{i}]", $"{vip} is an address of Node {node.Name}; a VIP belongs to no machine");
            }
        }
    }
}
