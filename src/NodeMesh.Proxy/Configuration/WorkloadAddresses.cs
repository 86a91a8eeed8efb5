using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Under which addresses the mesh knows each port of each workload. A port that listens on one of its node's own addresses is known by that
/// one; any other by all addresses of the node that no such port takes, as a wildcard socket beside a bound one. What two workloads would
/// share is neither's: traffic for one must never reach the other. Lives for one compilation.
/// </summary>
internal sealed class WorkloadAddresses
{
    private static readonly IReadOnlyList<IpEndpoint> None = [];

    private readonly Dictionary<(ResourceKey Workload, string Port), IReadOnlyList<IpEndpoint>> _addresses = [];

    internal WorkloadAddresses(ResourceSet resources, List<string> warnings)
    {
        var claims = new List<Claim>();
        foreach (var workload in resources.Workloads)
        {
            if (resources.FindNode(workload.Node) is not { } node)
            {
                warnings.Add($"{workload.Key}: its node {workload.Node} is not declared, so it cannot be reached");
                continue;
            }

            claims.AddRange(workload.Ports.AsEnumerable().Select(port => new Claim(workload, port, node)));
        }

        var bound = claims.Where(claim => claim.IsBound).SelectMany(claim => claim.Wanted).ToHashSet();
        var byAddress = claims
            .SelectMany(claim => claim.Wanted.Where(address => claim.IsBound || !bound.Contains(address)), (claim, address) => (claim, address))
            .ToLookup(pair => pair.address, pair => pair.claim);
        foreach (var shared in byAddress.Where(group => group.Count() > 1))
        {
            var names = string.Join(" and ", shared.Select(claim => $"{claim.Workload.Namespace}/{claim.Workload.Name}"));
            warnings.Add($"{shared.Key} belongs to {names}; connections to it are refused until only one has it");
        }

        foreach (var claim in claims)
        {
            _addresses[(claim.Workload.Key, claim.Port.Name)] =
                [.. claim.Wanted.Where(address => byAddress[address].Count() == 1 && byAddress[address].First() == claim)];
        }
    }

    /// <summary>The addresses of a workload's port, its node's preferred one first; none when it cannot be reached.</summary>
    internal IReadOnlyList<IpEndpoint> Of(Workload workload, WorkloadPort port) => _addresses.GetValueOrDefault((workload.Key, port.Name), None);

    private sealed record Claim(Workload Workload, WorkloadPort Port, Node Node)
    {
        public bool IsBound { get; } = Node.Addresses.AsEnumerable().Contains(Port.Address);

        public IReadOnlyList<IpEndpoint> Wanted { get; } =
        [
            .. (Node.Addresses.AsEnumerable().Contains(Port.Address) ? [Port.Address] : Node.Addresses.AsEnumerable())
                .Select(address => IpEndpoint.From(address, Port.Port) with { ScopeId = 0 }),
        ];
    }
}
