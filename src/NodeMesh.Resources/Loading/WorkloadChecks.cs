using System.Net;
using NodeMesh.Resources.Schema;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources.Loading;

/// <summary>Workloads against their node and the other workloads there.</summary>
internal sealed class WorkloadChecks(ResourceSet set)
{
    private readonly Dictionary<(string Node, ProcessSelector Selector), Workload> _selectors = [];
    private readonly Dictionary<(string Node, ushort Port, IPAddress Address), Workload> _ports = [];

    public void Check(Workload workload, ParsedResource at)
    {
        if (set.FindNode(workload.Node) is null)
        {
            at.Error("spec.node", $"there is no Node {workload.Node}; {Suggestion.For(workload.Node, set.Nodes.AsEnumerable().Select(node => node.Name).Take(20))}");
        }

        if (!_selectors.TryAdd((workload.Node, workload.Selector), workload))
        {
            var other = _selectors[(workload.Node, workload.Selector)];
            at.Error("spec.selector", $"{other.Key} on node {workload.Node} selects the same processes; a process has one identity, so tell them apart");
        }

        for (var i = 0; i < workload.Ports.Count; i++)
        {
            var port = workload.Ports[i];

            // Plaintext that arrives for the node can be told apart by the machine's own addresses, but not by loopback ones.
            var address = IPAddress.IsLoopback(port.Address) ? IPAddress.Loopback : port.Address;
            if (!_ports.TryAdd((workload.Node, port.Port, address), workload))
            {
                var other = _ports[(workload.Node, port.Port, address)];
                at.Error($"spec.ports[{i}].port", $"{other.Key} on node {workload.Node} has port {port.Port} at {address} already; give each workload its own");
            }
        }
    }
}
