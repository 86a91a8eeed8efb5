using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Resources;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Compiles resources into the <see cref="MeshSnapshot"/> of one node. What a reference does not lead to is left out and warned about, so
/// that traffic to it is refused. Runs on the pool, for one compilation; endpoints that did not change are taken over from the snapshot
/// before, with their counters and health.
/// </summary>
public sealed class SnapshotCompiler
{
    private readonly SnapshotParts _parts;
    private readonly MeshSnapshot? _previous;
    private readonly Func<string, uint?> _findUser;
    private readonly ResourceSet _resources;
    private readonly PeerAuthenticationResolver _authentication;
    private readonly Dictionary<(ResourceKey Workload, ushort Port), Endpoint> _workloadEndpoints = [];
    private readonly Dictionary<Endpoint, MeshService> _serviceOf = [];

    private SnapshotCompiler(ResourceSet resources, string nodeName, MeshSnapshot? previous, Func<string, uint?> findUser)
    {
        _parts = new SnapshotParts { Resources = resources, NodeName = nodeName, Revision = (previous?.Revision ?? 0) + 1 };
        _resources = resources;
        _previous = previous;
        _findUser = findUser;
        _authentication = new PeerAuthenticationResolver(resources.PeerAuthentications);
    }

    /// <param name="resources">Valid ones.</param>
    /// <param name="nodeName">This node.</param>
    /// <param name="previous">The snapshot in force, or null at start.</param>
    /// <param name="findUser">Looks a user name up on this machine; null when there is none.</param>
    public static MeshSnapshot Compile(ResourceSet resources, string nodeName, MeshSnapshot? previous, Func<string, uint?> findUser)
    {
        var compiler = new SnapshotCompiler(resources, nodeName, previous, findUser);
        compiler.CompileWorkloadEndpoints();
        compiler.CompileVips();
        compiler.CompileServices();
        compiler.CompileServiceEntries();
        compiler.CompileRealAddresses();
        compiler.CompileLocalWorkloads();
        return new MeshSnapshot(compiler._parts);
    }

    /// <summary>First of all, so that no static endpoint takes a workload's address and leads around its identity.</summary>
    private void CompileWorkloadEndpoints()
    {
        foreach (var atPort in _resources.Workloads.AsEnumerable()
            .SelectMany(workload => workload.Ports.AsEnumerable().Select(port => (Workload: workload, Port: port)))
            .GroupBy(pair => (pair.Workload.Node, pair.Port.Port)))
        {
            var claims = atPort.ToList();
            if (_resources.FindNode(atPort.Key.Node) is not { } node)
            {
                continue;
            }

            if (claims.Count > 1)
            {
                var names = string.Join(" and ", claims.Select(claim => $"{claim.Workload.Namespace}/{claim.Workload.Name}"));
                _parts.Warnings.Add($"port {atPort.Key.Port} of node {node.Name} belongs to {names}; it leads nowhere until only one has it");
                continue;
            }

            var (workload, port) = claims[0];
            _workloadEndpoints.Add((workload.Key, port.Port), MakeEndpoint(workload, port, node));
        }
    }

    private void CompileVips()
    {
        var allocation = new VipAllocation(_resources, _previous?.Vips, _parts.Warnings);
        foreach (var service in _resources.Services)
        {
            _parts.Vips[service.Key] = allocation.AddressesOf(service);
        }

        foreach (var entry in _resources.ServiceEntries)
        {
            _parts.Vips[entry.Key] = allocation.AddressesOf(entry);
        }
    }

    private void CompileServices()
    {
        foreach (var service in _resources.Services)
        {
            var identity = new MeshService(
                service.Namespace, service.Name, service.DnsName(_resources.Mesh.DnsDomain), MeshServiceKind.Service);
            var vips = _parts.Vips[service.Key];
            _parts.DnsNames.Add((identity.HostName, vips));
            _parts.DnsNames.AddRange(service.Hostnames.AsEnumerable().Select(name => (name, vips)));
            foreach (var port in service.Ports)
            {
                var endpoints = service.Selector is null ? StaticEndpoints(service, port) : WorkloadEndpoints(service, port, identity);
                var compiled = new MeshServicePort(identity, port.Port, port.Protocol, endpoints);
                _parts.Services.Add(compiled);
                AddAddresses(vips, compiled);
            }

            if (service.Selector is not null && !_resources.WorkloadsOf(service).Any())
            {
                Warn(service, "its selector matches no Workload of its namespace, so nobody can connect to it");
            }
        }
    }

    private Endpoint[] WorkloadEndpoints(Service service, ServicePort port, MeshService identity)
    {
        var endpoints = new List<Endpoint>();
        foreach (var workload in _resources.WorkloadsOf(service))
        {
            if (workload.FindPort(port.TargetPort) is not { } target)
            {
                Warn(service, $"Workload {workload.Namespace}/{workload.Name} has no port {port.TargetPort}, so port {port.Port} does not reach it");
                continue;
            }

            if (EndpointOf(workload, target) is { } endpoint)
            {
                endpoints.Add(endpoint);
                _serviceOf.TryAdd(endpoint, identity);
            }
        }

        return [.. endpoints];
    }

    private Endpoint[] StaticEndpoints(Service service, ServicePort port)
    {
        var endpoints = new List<Endpoint>();
        foreach (var endpoint in service.Endpoints)
        {
            var number = endpoint.Port ?? port.TargetPort.Number;
            if (number == 0)
            {
                Warn(service, $"port {port.Port} names a target port, which static endpoints do not have");
                continue;
            }

            endpoints.Add(PlainEndpoint(IpEndpoint.From(endpoint.Address, number)));
        }

        return [.. endpoints];
    }

    private void CompileServiceEntries()
    {
        foreach (var entry in _resources.ServiceEntries)
        {
            var identity = new MeshService(entry.Namespace, entry.Name, entry.Hosts[0], MeshServiceKind.ServiceEntry);
            var vips = _parts.Vips[entry.Key];
            var single = entry.Addresses.AsEnumerable().Where(IsSingle).Select(range => range.BaseAddress).ToArray();
            IReadOnlyList<IPAddress> answers = single.Length > 0 ? single : vips;
            if (answers.Count > 0)
            {
                _parts.DnsNames.AddRange(entry.Hosts.AsEnumerable().Select(host => (host, answers)));
            }
            else if (entry.Addresses.IsEmpty)
            {
                Warn(entry, "it has no addresses and none can be given to it, so its connections are not recognised");
            }

            foreach (var port in entry.Ports)
            {
                var compiled = EntryPort(entry, port, identity);
                _parts.Services.Add(compiled);
                AddAddresses(vips, compiled);
                _parts.Ranges.AddRange(entry.Addresses.AsEnumerable().Select(range => (range, port.Port, compiled)));
            }
        }
    }

    private MeshServicePort EntryPort(ServiceEntry entry, ServiceEntryPort port, MeshService identity)
    {
        var endpoints = new List<Endpoint>();
        var names = new List<UpstreamName>();
        foreach (var endpoint in entry.Endpoints)
        {
            if (IPAddress.TryParse(endpoint.Address, out var address))
            {
                endpoints.Add(PlainEndpoint(IpEndpoint.From(address, endpoint.Port ?? port.Port)));
            }
            else
            {
                names.Add(new UpstreamName(endpoint.Address, endpoint.Port ?? port.Port));
            }
        }

        if (entry is { Resolution: ServiceEntryResolution.Dns, Endpoints.IsEmpty: true })
        {
            names.AddRange(entry.Hosts.AsEnumerable().Where(IsPlainName).Select(host => new UpstreamName(host, port.Port)));
        }

        return new MeshServicePort(identity, port.Port, port.Protocol, [.. endpoints])
        {
            Names = names,
            IsPassthrough = entry.Resolution == ServiceEntryResolution.None,
        };
    }

    /// <summary>Whoever connects to an instance's own address means that instance, not the service.</summary>
    private void CompileRealAddresses()
    {
        foreach (var workload in _resources.Workloads)
        {
            if (_resources.FindNode(workload.Node) is not { } node)
            {
                Warn(workload, $"its node {workload.Node} is not declared, so it cannot be reached");
                continue;
            }

            foreach (var port in workload.Ports)
            {
                if (EndpointOf(workload, port) is not { } endpoint)
                {
                    continue;
                }

                var service = _serviceOf.GetValueOrDefault(endpoint)
                    ?? new MeshService(workload.Namespace, workload.Name, $"{workload.Namespace}/{workload.Name}", MeshServiceKind.Workload);
                AddAddresses(node.Addresses, new MeshServicePort(service, port.Port, port.Protocol, [endpoint]));
            }
        }

        foreach (var service in _parts.Services)
        {
            foreach (var endpoint in service.Endpoints)
            {
                _parts.ByAddress.TryAdd(endpoint.Address, new MeshServicePort(service.Service, endpoint.Address.Port, service.Protocol, [endpoint]));
            }
        }
    }

    private void CompileLocalWorkloads()
    {
        if (_resources.FindNode(_parts.NodeName) is null)
        {
            _parts.Warnings.Add($"this node is {_parts.NodeName}, but no Node of that name is declared; it carries nothing for the mesh");
        }

        var selectors = new List<CompiledSelector>();
        foreach (var workload in _resources.WorkloadsOn(_parts.NodeName))
        {
            var local = new LocalWorkload(
                workload, workload.SpiffeIdIn(_resources.Mesh.TrustDomain), Authorizer.Compile(_resources.AuthorizationPolicies, workload));
            local.Ports = [.. workload.Ports.AsEnumerable().Select(port => Inbound(local, port))];
            _parts.Workloads.Add(local);
            foreach (var port in local.Ports.Where(port => port.Endpoint is not null))
            {
                _parts.Inbound.Add(port.Port, port);
            }

            AddSelector(selectors, local);
            AddHealthTarget(local);
        }

        _parts.Matcher = new WorkloadMatcher(selectors);
    }

    private InboundPort Inbound(LocalWorkload workload, WorkloadPort port) => new(
        workload,
        port.Port,
        port.Protocol,
        IpEndpoint.From(port.Address, port.Port),
        _authentication.ModeOf(workload.Resource, port.Port),
        EndpointOf(workload.Resource, port));

    private void AddSelector(List<CompiledSelector> selectors, LocalWorkload local)
    {
        var selector = local.Resource.Selector;
        var uid = selector.Uid ?? (selector.User is null ? null : _findUser(selector.User));
        if (selector.User is not null && uid is null)
        {
            Warn(local.Resource, $"this machine has no user {selector.User}, so no process is taken for it");
            return;
        }

        var compiled = new CompiledSelector(local, selector, uid);
        if (selectors.Find(compiled.IsSameAs) is { } same)
        {
            Warn(local.Resource, $"its selector is the same as {same.Workload}'s, which stands before it and gets the processes");
        }

        selectors.Add(compiled);
    }

    private void AddHealthTarget(LocalWorkload local)
    {
        if (local.Resource.HealthCheck is not { } check)
        {
            return;
        }

        var port = local.Resource.FindPort(check.Tcp.Port);
        var number = port?.Port ?? check.Tcp.Port.Number;
        if (number == 0)
        {
            Warn(local.Resource, $"its health check names the port {check.Tcp.Port}, which it does not have; it counts as healthy");
            return;
        }

        var states = local.Ports.Where(inbound => inbound.Endpoint is not null).Select(inbound => inbound.Endpoint!.State).ToArray();
        _parts.HealthTargets.Add(new HealthTarget(local.FullName, check, IpEndpoint.From(port?.Address ?? IPAddress.Loopback, number), states));
    }

    private Endpoint? EndpointOf(Workload workload, WorkloadPort port) => _workloadEndpoints.GetValueOrDefault((workload.Key, port.Port));

    private Endpoint MakeEndpoint(Workload workload, WorkloadPort port, Node node)
    {
        var address = IpEndpoint.From(node.Addresses[0], port.Port) with { ScopeId = 0 };
        var (kind, dial) = Reach(workload, port, node, address);
        return Keep(new Endpoint
        {
            Kind = kind,
            Address = address,
            DialAddress = dial,
            Identity = kind == EndpointKind.Plain ? null : workload.SpiffeIdIn(_resources.Mesh.TrustDomain),
            NodeName = workload.Node,
            WorkloadNamespace = workload.Namespace,
            WorkloadName = workload.Name,
            State = StateOf(address),
        });
    }

    private (EndpointKind Kind, IpEndpoint Dial) Reach(Workload workload, WorkloadPort port, Node node, IpEndpoint address)
    {
        if (string.Equals(workload.Node, _parts.NodeName, StringComparison.Ordinal))
        {
            return (EndpointKind.Local, IpEndpoint.From(port.Address, port.Port));
        }

        return _authentication.ModeOf(workload, port.Port) == PeerAuthenticationMode.Disable
            ? (EndpointKind.Plain, address)
            : (EndpointKind.Mesh, IpEndpoint.From(node.Addresses[0], node.MeshPort));
    }

    private Endpoint PlainEndpoint(IpEndpoint address) =>
        Keep(new Endpoint { Kind = EndpointKind.Plain, Address = address, DialAddress = address, State = StateOf(address) });

    /// <summary>One object for each address, the one of the previous snapshot if it says the same.</summary>
    private Endpoint Keep(Endpoint made)
    {
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

    private void AddAddresses(IEnumerable<IPAddress> addresses, MeshServicePort service)
    {
        foreach (var address in addresses)
        {
            var key = IpEndpoint.From(address, service.Port) with { ScopeId = 0 };
            if (_parts.ByAddress.TryAdd(key, service))
            {
                continue;
            }

            // Guessing which of the two is meant could send one workload's traffic to another.
            var other = _parts.ByAddress[key];
            _parts.ByAddress[key] = new MeshServicePort(other.Service, other.Port, other.Protocol, []);
            _parts.Warnings.Add($"{key} belongs to both {other.Service} and {service.Service}; connections to it are refused");
        }
    }

    private void Warn(Resource resource, string what) => _parts.Warnings.Add($"{resource.Key}: {what}");

    private static bool IsSingle(IPNetwork range) => range.PrefixLength == (range.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);

    private static bool IsPlainName(string host) => !host.StartsWith("*.", StringComparison.Ordinal);
}
