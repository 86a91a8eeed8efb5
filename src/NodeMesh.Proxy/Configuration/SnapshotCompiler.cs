using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Compiles resources into the <see cref="MeshSnapshot"/> of one node. What a reference does not lead to is left out and warned about, so
/// that traffic to it is refused. Runs on the pool, for one compilation; endpoints that did not change are taken over from the snapshot
/// before, with their counters and health.
/// </summary>
public sealed partial class SnapshotCompiler
{
    private readonly SnapshotParts _parts;
    private readonly MeshSnapshot? _previous;
    private readonly Func<string, uint?> _findUser;
    private readonly ResourceSet _resources;
    private readonly PeerAuthenticationResolver _authentication;
    private readonly WorkloadAddresses _addresses;
    private readonly Dictionary<Endpoint, MeshService> _serviceOf = [];

    private SnapshotCompiler(ResourceSet resources, string nodeName, MeshSnapshot? previous, Func<string, uint?> findUser)
    {
        _parts = new SnapshotParts { Resources = resources, NodeName = nodeName, Revision = (previous?.Revision ?? 0) + 1 };
        _resources = resources;
        _previous = previous;
        _findUser = findUser;
        _authentication = new PeerAuthenticationResolver(resources.PeerAuthentications);
        _addresses = new WorkloadAddresses(resources, _parts.Warnings);
    }

    /// <param name="resources">Valid ones.</param>
    /// <param name="nodeName">This node.</param>
    /// <param name="previous">The snapshot in force, or null at start.</param>
    /// <param name="findUser">Looks a user name up on this machine; null when there is none.</param>
    public static MeshSnapshot Compile(ResourceSet resources, string nodeName, MeshSnapshot? previous, Func<string, uint?> findUser)
    {
        var compiler = new SnapshotCompiler(resources, nodeName, previous, findUser);
        compiler.MakeWorkloadEndpoints();
        compiler.CompileServices();
        compiler.CompileServiceEntries();
        compiler.CompileRealAddresses();
        compiler.CompileLocalWorkloads();
        return new MeshSnapshot(compiler._parts);
    }

    /// <summary>First of all, so that no static endpoint takes a workload's address and leads around its identity.</summary>
    private void MakeWorkloadEndpoints()
    {
        foreach (var workload in _resources.Workloads)
        {
            foreach (var port in workload.Ports)
            {
                if (_addresses.Of(workload, port) is [var address, ..])
                {
                    Keep(MakeEndpoint(workload, port, _resources.FindNode(workload.Node)!, address));
                }
            }
        }
    }

    private Endpoint MakeEndpoint(Workload workload, WorkloadPort port, Node node, IpEndpoint address)
    {
        var (kind, dial) = Reach(workload, port, node, address);
        return new Endpoint
        {
            Kind = kind,
            Address = address,
            DialAddress = dial,
            Alternates = kind switch
            {
                EndpointKind.Mesh => [.. node.Addresses.AsEnumerable().Skip(1).Select(other => IpEndpoint.From(other, node.MeshPort))],
                EndpointKind.Plain => [.. _addresses.Of(workload, port).Skip(1)],
                _ => [],
            },
            Identity = kind == EndpointKind.Plain ? null : workload.SpiffeIdIn(_resources.Mesh.TrustDomain),
            NodeName = workload.Node,
            WorkloadNamespace = workload.Namespace,
            WorkloadName = workload.Name,
            State = StateOf(address),
        };
    }

    private (EndpointKind Kind, IpEndpoint Dial) Reach(Workload workload, WorkloadPort port, Node node, IpEndpoint address)
    {
        if (string.Equals(workload.Node, _parts.NodeName, StringComparison.Ordinal))
        {
            return (EndpointKind.Local, ApplicationOf(port));
        }

        return _authentication.ModeOf(workload, port.Port) == PeerAuthenticationMode.Disable
            ? (EndpointKind.Plain, address)
            : (EndpointKind.Mesh, IpEndpoint.From(node.Addresses[0], node.MeshPort));
    }

    /// <summary>An application that listens on every address is reached on loopback.</summary>
    private static IpEndpoint ApplicationOf(WorkloadPort port)
    {
        var address = port.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : port.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : port.Address;
        return IpEndpoint.From(address, port.Port);
    }

    private Endpoint? EndpointOf(Workload workload, WorkloadPort port) =>
        _addresses.Of(workload, port) is [var address, ..] ? _parts.Endpoints[address] : null;

    private Endpoint PlainEndpoint(IpEndpoint address) =>
        Keep(new Endpoint { Kind = EndpointKind.Plain, Address = address, DialAddress = address, State = StateOf(address) });

    /// <summary>One object for each address, the one of the previous snapshot if it says the same.</summary>
    private Endpoint Keep(Endpoint made)
    {
        // A static endpoint that names a workload's address is that workload.
        if (_parts.Endpoints.TryGetValue(made.Address, out var known))
        {
            return known;
        }

        var kept = _previous?.EndpointsByAddress.GetValueOrDefault(made.Address) is { } old && old.IsSameAs(made) ? old : made;
        _parts.Endpoints.Add(kept.Address, kept);
        return kept;
    }

    private EndpointState StateOf(IpEndpoint address) =>
        _previous?.EndpointsByAddress.GetValueOrDefault(address)?.State ?? new EndpointState();

    /// <summary>Makes a port known under addresses. Two that want the same are both refused: guessing could send traffic to the wrong one.</summary>
    private void AddAddresses(IEnumerable<IpEndpoint> addresses, MeshServicePort service)
    {
        foreach (var address in addresses)
        {
            if (_parts.ByAddress.TryAdd(address, service))
            {
                continue;
            }

            var other = _parts.ByAddress[address];
            _parts.ByAddress[address] = new MeshServicePort(other.Service, other.Port, other.Protocol, []);
            _parts.Warnings.Add($"{address} belongs to both {other.Service} and {service.Service}; connections to it are refused");
        }
    }

    private void Warn(Resource resource, string what) => _parts.Warnings.Add($"{resource.Key}: {what}");
}
