using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Resources;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Compiles resources into the <see cref="MeshSnapshot"/> of one node: where everything leads, what this node serves, and who its processes are. What a
/// reference does not lead to is left out and warned about, so that traffic to it is refused. Runs off the loops, for one compilation; what did not change is
/// taken over from the snapshot before, endpoints with their counters and health.
/// </summary>
public sealed class SnapshotCompiler
{
    private readonly SnapshotParts _parts;
    private readonly Func<string, uint?> _findUser;
    private readonly ResourceSet _resources;
    private readonly PeerAuthenticationResolver _authentication;
    private readonly Dictionary<Workload, Authorizer> _authorizers = new(ReferenceEqualityComparer.Instance);

    private SnapshotCompiler(ResourceSet resources, string nodeName, MeshSnapshot? previous, Func<string, uint?> findUser)
    {
        _parts = new SnapshotParts
        {
            Destinations = DestinationCompiler.Compile(resources, nodeName, previous?.Destinations),
            NodeName = nodeName,
            Revision = (previous?.Revision ?? 0) + 1,
        };
        _resources = resources;
        _findUser = findUser;
        _authentication = new PeerAuthenticationResolver(resources.PeerAuthentications);
        if (previous is not null && resources.ChangedSince(previous.Resources)?.Any(key => key.Kind is "AuthorizationPolicy") == false)
        {
            _authorizers = previous.Workloads.ToDictionary(local => local.Resource, local => local.Authorizer, _authorizers.Comparer);
        }
    }

    /// <param name="resources">Valid ones.</param>
    /// <param name="nodeName">This node.</param>
    /// <param name="previous">The snapshot in force on the node, or null at start.</param>
    /// <param name="findUser">Looks a user name up on this machine; null when there is none.</param>
    public static MeshSnapshot Compile(ResourceSet resources, string nodeName, MeshSnapshot? previous, Func<string, uint?> findUser)
    {
        var compiler = new SnapshotCompiler(resources, nodeName, previous, findUser);
        compiler.CompileLocalWorkloads();
        return new MeshSnapshot(compiler._parts);
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
                workload, workload.SpiffeIdIn(_resources.Mesh.TrustDomain), AuthorizerOf(workload));
            local.Ports = [.. workload.Ports.AsEnumerable().Select(port => AddInbound(local, port)).OfType<InboundPort>()];
            _parts.Workloads.Add(local);
            AddSelector(selectors, local);
            AddHealthTarget(local);
        }

        _parts.Matcher = new WorkloadMatcher(selectors);
    }

    private InboundPort? AddInbound(LocalWorkload local, WorkloadPort port)
    {
        IpEndpoint[] addresses = [.. _parts.Destinations.AddressesOf(local.Resource, port)];
        if (addresses is not [var first, ..])
        {
            return null;
        }

        var inbound = new InboundPort(
            local, port.Port, port.Protocol, DestinationCompiler.ApplicationOf(port), _authentication.ModeOf(local.Resource, port.Port), _parts.Destinations.Endpoints[first]);
        foreach (var address in addresses)
        {
            _parts.Inbound.Add(address, inbound);
        }

        return inbound;
    }

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
        var address = port is null ? IpEndpoint.From(IPAddress.Loopback, check.Tcp.Port.Number) : DestinationCompiler.ApplicationOf(port);
        if (address.Port == 0)
        {
            Warn(local.Resource, $"its health check names the port {check.Tcp.Port}, which it does not have; it counts as healthy");
            return;
        }

        _parts.HealthTargets.Add(new HealthTarget(local.FullName, check, address, [.. local.Ports.Select(inbound => inbound.Endpoint.State)]));
    }

    private Authorizer AuthorizerOf(Workload workload) =>
        _authorizers.TryGetValue(workload, out var authorizer) ? authorizer : Authorizer.Compile(_resources.AuthorizationPolicies.AsEnumerable(), workload);

    private void Warn(Resource resource, string what) => _parts.Warnings.Add($"{resource.Key}: {what}");
}
