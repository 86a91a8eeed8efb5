using System.Net;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Authorization;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <content>What this node serves, and who its processes are.</content>
public sealed partial class SnapshotCompiler
{
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
            local.Ports = [.. workload.Ports.AsEnumerable().Select(port => AddInbound(local, port)).OfType<InboundPort>()];
            _parts.Workloads.Add(local);
            AddSelector(selectors, local);
            AddHealthTarget(local);
        }

        _parts.Matcher = new WorkloadMatcher(selectors);
    }

    private InboundPort? AddInbound(LocalWorkload local, WorkloadPort port)
    {
        if (EndpointOf(local.Resource, port) is not { } endpoint)
        {
            return null;
        }

        var inbound = new InboundPort(
            local, port.Port, port.Protocol, ApplicationOf(port), _authentication.ModeOf(local.Resource, port.Port), endpoint);
        foreach (var address in _addresses.Of(local.Resource, port))
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
        var address = port is null ? IpEndpoint.From(IPAddress.Loopback, check.Tcp.Port.Number) : ApplicationOf(port);
        if (address.Port == 0)
        {
            Warn(local.Resource, $"its health check names the port {check.Tcp.Port}, which it does not have; it counts as healthy");
            return;
        }

        _parts.HealthTargets.Add(new HealthTarget(local.FullName, check, address, [.. local.Ports.Select(inbound => inbound.Endpoint.State)]));
    }
}
