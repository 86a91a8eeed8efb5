using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Under which addresses the mesh knows each port of workloads. A port that listens on one of its node's own addresses is known by that
/// one; any other by all addresses of the node that no such port takes, as a wildcard socket beside a bound one. What two workloads would
/// share is neither's: traffic for one must never reach the other. Lives for one compilation.
/// </summary>
internal sealed class WorkloadAddresses
{
    private readonly Dictionary<(ResourceKey Workload, string Port), IReadOnlyList<IpEndpoint>> _addresses = [];
    private readonly HashSet<ResourceKey> _workloads;

    /// <param name="workloads">Those to look at.</param>
    /// <param name="contests">Told of the addresses that several of them want.</param>
    internal WorkloadAddresses(ResourceSet resources, IReadOnlyCollection<Workload> workloads, List<string> contests)
    {
        _workloads = [.. workloads.Select(workload => workload.Key)];
        var claims = new List<Claim>();
        foreach (var workload in workloads)
        {
            if (resources.FindNode(workload.Node) is { } node)
            {
                claims.AddRange(workload.Ports.AsEnumerable().Select(port => new Claim(workload, port, node)));
            }
        }

        var bound = claims.Where(claim => claim.IsBound).SelectMany(claim => claim.Wanted).ToHashSet();
        var byAddress = claims
            .SelectMany(claim => claim.Wanted.Where(address => claim.IsBound || !bound.Contains(address)), (claim, address) => (claim, address))
            .ToLookup(pair => pair.address, pair => pair.claim);
        foreach (var shared in byAddress.Where(group => group.Count() > 1))
        {
            var names = string.Join(" and ", shared.Select(claim => $"{claim.Workload.Namespace}/{claim.Workload.Name}"));
            contests.Add($"{shared.Key} belongs to {names}; connections to it are refused until only one has it");
        }

        foreach (var claim in claims)
        {
            IpEndpoint[] granted = [.. claim.Wanted.Where(address => byAddress[address].Count() == 1 && byAddress[address].First() == claim)];
            IsContested |= granted.Length < claim.Wanted.Length;
            _addresses[(claim.Workload.Key, claim.Port.Name)] = granted;
        }
    }

    /// <summary>True when a port does not have an address that it would have were it alone.</summary>
    internal bool IsContested { get; }

    /// <summary>The addresses that a workload's port has where nobody else wants them, its node's preferred one first; none without a node.</summary>
    internal static IReadOnlyList<IpEndpoint> Wanted(ResourceSet resources, Workload workload, WorkloadPort port) =>
        resources.FindNode(workload.Node) is { } node ? new Claim(workload, port, node).Wanted : [];

    /// <summary>True when it was looked at.</summary>
    internal bool IsOf(Workload workload) => _workloads.Contains(workload.Key);

    /// <summary>The addresses of a workload's port, its node's preferred one first; none when it cannot be reached.</summary>
    internal IReadOnlyList<IpEndpoint> Of(Workload workload, WorkloadPort port) => _addresses.GetValueOrDefault((workload.Key, port.Name), []);

    private sealed record Claim(Workload Workload, WorkloadPort Port, Node Node)
    {
        public bool IsBound { get; } = Node.Addresses.AsEnumerable().Contains(Port.Address);

        public IpEndpoint[] Wanted { get; } =
        [
            .. (Node.Addresses.AsEnumerable().Contains(Port.Address) ? [Port.Address] : Node.Addresses.AsEnumerable())
                .Select(address => IpEndpoint.From(address, Port.Port) with { ScopeId = 0 }),
        ];
    }
}
