using NodeMesh.Resources.Nodes;

namespace NodeMesh.Resources.Checking;

/// <summary>A node against the others and against the ranges of service addresses.</summary>
internal static class NodeChecks
{
    public static void Check(MeshIndex mesh, Node node, CheckedDocument at)
    {
        for (var i = 0; i < node.Addresses.Count; i++)
        {
            var address = node.Addresses[i];
            var path = $"spec.addresses[{i}]";
            if (mesh.OwnerOf(Claim.MeshAddress(address, node.MeshPort)) is { } owner && owner != node.Key)
            {
                at.Error(path, $"{address} with mesh port {node.MeshPort} is Node {owner.Name}'s already; give each node its own");
            }

            foreach (var range in mesh.Mesh.VipRanges)
            {
                if (range.Contains(address))
                {
                    at.Error(path, $"{address} lies in the VIP range {range} of the MeshConfig; choose a range that no machine is in");
                }
            }
        }
    }
}
