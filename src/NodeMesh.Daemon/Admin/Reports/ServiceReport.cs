using System.Net;
using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Daemon.Configuration;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources;
using NodeMesh.Resources.Services;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>The services of the mesh, as this node sees them.</summary>
internal static class ServiceReport
{
    public static ServicesMessage Of(ConfigurationState state, string? @namespace, string? name) => new()
    {
        Revision = state.Revision,
        Items = state.Snapshot is not { } snapshot
            ? []
            : [.. snapshot.Services
                .Where(port => @namespace is null || string.Equals(port.Service.Namespace, @namespace, StringComparison.Ordinal))
                .Where(port => name is null || string.Equals(port.Service.Name, name, StringComparison.Ordinal))
                .GroupBy(port => port.Service)
                .Select(ports => Service(snapshot, ports.Key, [.. ports]))],
    };

    private static ServiceMessage Service(MeshSnapshot snapshot, MeshService service, MeshServicePort[] ports)
    {
        var kind = service.Kind == MeshServiceKind.ServiceEntry ? "ServiceEntry" : "Service";
        var key = new ResourceKey(kind, service.Namespace, service.Name);
        snapshot.Resources.TryGet(key, out var resource);
        return new ServiceMessage
        {
            Kind = kind,
            Namespace = service.Namespace,
            Name = service.Name,
            Hosts = resource switch
            {
                Service declared => [service.HostName, .. declared.Hostnames],
                ServiceEntry entry => [.. entry.Hosts],
                _ => [service.HostName],
            },
            Vips = [.. AddressesOf(snapshot, service.HostName).Select(address => address.ToString())],
            Ports = [.. ports.Select(port => Port(port, resource))],
        };
    }

    private static IEnumerable<IPAddress> AddressesOf(MeshSnapshot snapshot, string name) => snapshot.DnsNames
        .Where(entry => string.Equals(entry.Name, name, StringComparison.Ordinal))
        .SelectMany(entry => entry.Addresses)
        .Distinct();

    private static ServicePortMessage Port(MeshServicePort port, Resource? resource)
    {
        var endpoints = port.Endpoints.ToArray();
        var name = resource switch
        {
            Service service => service.Ports.AsEnumerable().FirstOrDefault(p => p.Port == port.Port)?.Name,
            ServiceEntry entry => entry.Ports.AsEnumerable().FirstOrDefault(p => p.Port == port.Port)?.Name,
            _ => null,
        };
        return new ServicePortMessage
        {
            Name = string.IsNullOrEmpty(name) ? null : name,
            Port = port.Port,
            Protocol = Texts.Of(port.Protocol),
            Endpoints = endpoints.Length,
            UsableEndpoints = endpoints.Count(endpoint => endpoint.State.IsUsable),
            ActiveConnections = endpoints.Sum(endpoint => endpoint.State.Active),
        };
    }
}
