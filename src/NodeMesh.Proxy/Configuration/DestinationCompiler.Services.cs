using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <content>Where services and outside services lead.</content>
internal sealed partial class DestinationCompiler
{
    private bool CompileServices(IReadOnlyList<Service> services)
    {
        foreach (var service in services)
        {
            var identity = new MeshService(service.Namespace, service.Name, service.DnsName(_resources.Mesh.DnsDomain), MeshServiceKind.Service)
            {
                Settings = ServiceSettings.Of(service),
            };
            IPAddress[] vips = [.. _resources.Vips.Of(service).Addresses];
            Workload[] workloads = [.. _resources.WorkloadsOf(service)];
            MeshServicePort[] ports = [.. service.Ports.AsEnumerable().Select(port => new MeshServicePort(
                identity,
                port.Port,
                ProtocolOf(service, port, workloads),
                service.Selector is null ? StaticEndpoints(service, port) : WorkloadEndpoints(service, port, workloads)))];
            if (service.Selector is not null && workloads.Length == 0)
            {
                Warn(service, "its selector matches no Workload of its namespace, so nobody can connect to it");
            }

            var compiled = new CompiledResource
            {
                Ports = ports,
                Addresses = [.. ports.SelectMany(port => AtPort(vips, port.Port), (port, address) => (address, port))],
                Names = [(identity.HostName, vips), .. service.Hostnames.AsEnumerable().Select(name => (name, (IReadOnlyList<IPAddress>)vips))],
            };
            Store(_services, service, compiled);
            if (!AddAddresses(compiled.Addresses))
            {
                return false;
            }
        }

        return true;
    }

    private Endpoint[] WorkloadEndpoints(Service service, ServicePort port, Workload[] workloads)
    {
        var endpoints = new List<Endpoint>(workloads.Length);
        foreach (var workload in workloads)
        {
            if (workload.FindPort(port.TargetPort) is not { } target)
            {
                Warn(service, $"Workload {workload.Namespace}/{workload.Name} has no port {port.TargetPort}, so port {port.Port} does not reach it");
            }
            else if (EndpointOf(workload, target) is { } endpoint)
            {
                endpoints.Add(endpoint);
            }
        }

        return [.. endpoints];
    }

    /// <summary>What the service declares, else what all the workloads' ports behind it do.</summary>
    private static AppProtocol ProtocolOf(Service service, ServicePort port, Workload[] workloads)
    {
        if (port.Protocol != AppProtocol.Auto || service.Selector is null)
        {
            return port.Protocol;
        }

        AppProtocol[] declared = [.. workloads.Select(w => w.FindPort(port.TargetPort)?.Protocol).OfType<AppProtocol>().Distinct()];
        return declared is [var one] ? one : AppProtocol.Auto;
    }

    private Endpoint[] StaticEndpoints(Service service, ServicePort port)
    {
        var endpoints = new List<Endpoint>();
        foreach (var endpoint in service.Endpoints)
        {
            var number = endpoint.Port ?? port.TargetPort.Number;
            if (number == 0)
            {
                Warn(service, $"port {port.Port} has the named target port {port.TargetPort}, and static endpoints have no names");
                continue;
            }

            endpoints.Add(PlainEndpoint(IpEndpoint.From(endpoint.Address, number)));
        }

        return [.. endpoints];
    }

    private bool CompileServiceEntries(IReadOnlyList<ServiceEntry> entries)
    {
        foreach (var entry in entries)
        {
            var identity = new MeshService(entry.Namespace, entry.Name, entry.Hosts[0], MeshServiceKind.ServiceEntry);
            MeshServicePort[] ports = [.. entry.Ports.AsEnumerable().Select(port => EntryPort(entry, port, identity, entry.Hosts.AsEnumerable()))];
            var compiled = entry.Addresses.IsEmpty ? CompileHosts(entry, identity, ports) : CompileRanges(entry, ports);
            Store(_entries, entry, compiled);
            if (!AddAddresses(compiled.Addresses))
            {
                return false;
            }
        }

        return true;
    }

    private static CompiledResource CompileRanges(ServiceEntry entry, MeshServicePort[] ports)
    {
        IPAddress[] single = [.. entry.Addresses.AsEnumerable().Where(IsSingle).Select(range => range.BaseAddress)];
        return new CompiledResource
        {
            Ports = ports,
            Ranges = [.. ports.SelectMany(port => entry.Addresses.AsEnumerable(), (port, range) => (range, port.Port, port))],
            Names = single.Length == 0 ? [] : [.. entry.Hosts.AsEnumerable().Select(host => (host, (IReadOnlyList<IPAddress>)single))],
        };
    }

    /// <summary>An entry without addresses is recognised by a virtual address for each host, if there is something behind it to go to.</summary>
    private CompiledResource CompileHosts(ServiceEntry entry, MeshService identity, MeshServicePort[] ports)
    {
        var names = new List<(string, IReadOnlyList<IPAddress>)>();
        var addresses = new List<(IpEndpoint, MeshServicePort)>();
        foreach (var host in entry.Hosts)
        {
            var vips = _outsideVips.Of(host);
            if (entry.Resolution == ServiceEntryResolution.None || vips.Count == 0)
            {
                Warn(entry, $"{host} has no address here, so connections to it are treated as unknown; give the entry addresses, or resolution DNS");
                continue;
            }

            names.Add((host, vips));
            foreach (var port in entry.Ports)
            {
                var compiled = EntryPort(entry, port, identity, [host]);
                addresses.AddRange(AtPort(vips, port.Port).Select(address => (address, compiled)));
            }
        }

        return new CompiledResource { Ports = ports, Addresses = addresses, Names = names };
    }

    private MeshServicePort EntryPort(ServiceEntry entry, ServiceEntryPort port, MeshService identity, IEnumerable<string> hosts)
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
            names.AddRange(hosts.Where(OutsideVips.IsPlainName).Select(host => new UpstreamName(host, port.Port)));
        }

        return new MeshServicePort(identity, port.Port, port.Protocol, [.. endpoints])
        {
            Names = names,
            IsPassthrough = entry.Resolution == ServiceEntryResolution.None,
        };
    }

    private static IEnumerable<IpEndpoint> AtPort(IEnumerable<IPAddress> addresses, ushort port) =>
        addresses.Select(address => IpEndpoint.From(address, port) with { ScopeId = 0 });

    private static bool IsSingle(IPNetwork range) => range.PrefixLength == (range.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
}
