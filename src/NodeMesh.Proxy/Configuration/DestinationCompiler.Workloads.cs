using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <content>Workloads as endpoints, and their own addresses.</content>
internal sealed partial class DestinationCompiler
{
    /// <summary>First of all, so that no static endpoint takes a workload's address and leads around its identity.</summary>
    private void MakeWorkloadEndpoints(IReadOnlyList<Workload> workloads)
    {
        foreach (var workload in workloads)
        {
            foreach (var port in workload.Ports)
            {
                if (_addresses!.Of(workload, port) is [var address, ..])
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
                EndpointKind.Plain => [.. _addresses!.Of(workload, port).Skip(1)],
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
        if (string.Equals(workload.Node, _nodeName, StringComparison.Ordinal))
        {
            return (EndpointKind.Local, ApplicationOf(port));
        }

        return _authentication.ModeOf(workload, port.Port) == PeerAuthenticationMode.Disable
            ? (EndpointKind.Plain, address)
            : (EndpointKind.Mesh, IpEndpoint.From(node.Addresses[0], node.MeshPort));
    }

    /// <summary>An application that listens on every address is reached on loopback.</summary>
    public static IpEndpoint ApplicationOf(WorkloadPort port)
    {
        var address = port.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : port.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : port.Address;
        return IpEndpoint.From(address, port.Port);
    }

    /// <summary>Of any workload: where addresses are contested all are looked at, and elsewhere each has what it wants.</summary>
    private Endpoint? EndpointOf(Workload workload, WorkloadPort port)
    {
        var addresses = _addresses!.IsOf(workload) ? _addresses.Of(workload, port) : WorkloadAddresses.Wanted(_resources, workload, port);
        return addresses is [var first, ..] ? _endpoints[first] : null;
    }

    private Endpoint PlainEndpoint(IpEndpoint address) =>
        Keep(new Endpoint { Kind = EndpointKind.Plain, Address = address, DialAddress = address, State = StateOf(address) });

    /// <summary>Whoever connects to an instance's own address means that instance, not the service.</summary>
    private bool CompileRealAddresses(IReadOnlyList<Workload> workloads)
    {
        foreach (var workload in workloads)
        {
            if (_resources.FindNode(workload.Node) is null)
            {
                _warnings.Add($"{workload.Key}: its node {workload.Node} is not declared, so it cannot be reached");
            }

            var addresses = new List<(IpEndpoint, MeshServicePort)>();
            foreach (var port in workload.Ports)
            {
                if (_addresses!.Of(workload, port) is [var first, ..] own)
                {
                    var endpoint = _endpoints[first];
                    var compiled = new MeshServicePort(ServiceOf(endpoint) ?? ServiceOf(workload), port.Port, port.Protocol, [endpoint]) { WorkloadPort = port.Name };
                    addresses.AddRange(own.Select(address => (address, compiled)));
                }
            }

            Store(_workloads, workload, new CompiledResource { Addresses = [.. addresses] });
            if (!AddAddresses(addresses))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The first service that selects the workload.</summary>
    private MeshService? ServiceOf(Endpoint endpoint)
    {
        foreach (var user in _users.GetValueOrDefault(endpoint.Address with { ScopeId = 0 }, []))
        {
            if (_resources.Find(user) is Resources.Services.Service { Selector: not null })
            {
                return _services[user].Ports[0].Service;
            }
        }

        return null;
    }

    private static MeshService ServiceOf(Workload workload) =>
        new(workload.Namespace, workload.Name, $"{workload.Namespace}/{workload.Name}", MeshServiceKind.Workload);
}
