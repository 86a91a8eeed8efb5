using System.Net;
using NodeMesh.Resources.Nodes;

namespace NodeMesh.Resources.Loading;

/// <summary>Nodes against one another and against the ranges of service addresses.</summary>
internal sealed class NodeChecks(ResourceSet set)
{
    private readonly Dictionary<(IPAddress Address, ushort MeshPort), string> _owners = [];

    public void Check(Node node, ParsedResource at)
    {
        for (var i = 0; i < node.Addresses.Count; i++)
        {
            var address = node.Addresses[i];
            var path = $"spec.addresses[{i}]";
            if (!_owners.TryAdd((address, node.MeshPort), node.Name))
            {
                at.Error(path, $"{address} with mesh port {node.MeshPort} is Node {_owners[(address, node.MeshPort)]}'s already; give each node its own");
            }

            foreach (var range in set.Mesh.VipRanges)
            {
                if (range.Contains(address))
                {
                    at.Error(path, $"{address} lies in the VIP range {range} of the MeshConfig; choose a range that no machine is in");
                }
            }
        }
    }
}
