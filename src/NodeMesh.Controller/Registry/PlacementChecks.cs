using System.Globalization;
using NodeMesh.Controller.Store;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Controller.Registry;

/// <summary>
/// Warns of workloads that are placed on a node that is out of use now. The mesh is right nevertheless: resources and nodes may come in any order. Stateless.
/// </summary>
internal static class PlacementChecks
{
    /// <summary>One warning for each node, at the first workload there.</summary>
    public static IReadOnlyList<ResourceIssue> Check(IEnumerable<MeshDocument> workloads, IMeshStore store)
    {
        var (issues, lines) = (new IssueCollector(), new DocumentLines());
        foreach (var placed in workloads.GroupBy(document => ((Workload)document.Resource).Node, StringComparer.Ordinal))
        {
            if (Problem(placed.Key, store) is { } problem)
            {
                var others = placed.Count() - 1;
                var also = others == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({others} more of these {(others == 1 ? "is" : "are")} placed there)");
                lines.Of(placed.First(), issues).Warning("spec.node", problem + also);
            }
        }

        return [.. issues.ToList()];
    }

    private static string? Problem(string node, IMeshStore store) => store.FindNode(node)?.State switch
    {
        NodeState.Joined => null,
        NodeState.Cordoned => $"{node} is cordoned: no new traffic of other nodes goes there until nodemeshctl node uncordon {node}",
        NodeState.Evicted => $"{node} was evicted: nothing serves there until it joins anew, with a token of nodemeshctl node token create {node}",

        // Where none has joined yet, the mesh is being set up.
        _ => store.Nodes().Count == 0 ? null : $"{node} has not joined: others count on what is placed there, and it knows nothing of it; nodemeshctl node token create {node} lets it in",
    };
}
