using System.Net;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Schema;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources.Checking;

/// <summary>A workload against its node and the other workloads there.</summary>
internal static class WorkloadChecks
{
    private const int MaxSuggested = 20;

    public static void Check(MeshIndex mesh, Workload workload, CheckedDocument at)
    {
        if (mesh.Find(new ResourceKey("Node", "", workload.Node)) is null)
        {
            var known = mesh.OfKind(NodeKind.Kind.Kind).Keys.Select(node => node.Name).Take(MaxSuggested);
            at.Error("spec.node", $"there is no Node {workload.Node}; {Suggestion.For(workload.Node, known)}");
        }

        if (mesh.OwnerOf(Claim.Processes(workload)) is { } same && same != workload.Key)
        {
            at.Error("spec.selector", $"{same} on node {workload.Node} selects the same processes; a process has one identity, so tell them apart");
        }

        for (var i = 0; i < workload.Ports.Count; i++)
        {
            var claim = Claim.ListeningPort(workload.Node, workload.Ports[i]);
            if (mesh.OwnerOf(claim) is { } other && other != workload.Key)
            {
                at.Error(
                    $"spec.ports[{i}].port", $"{other} on node {workload.Node} has port {claim.Number} at {(IPAddress)claim.Value!} already; give each workload its own");
            }
        }
    }
}
