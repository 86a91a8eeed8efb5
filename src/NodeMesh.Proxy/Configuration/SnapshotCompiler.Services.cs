using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Resources;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Configuration;

/// <content>Where services and outside services lead.</content>
public sealed partial class SnapshotCompiler
{
    private void CompileServices()
    {
        foreach (var service in _resources.Services)
        {
            var identity = new MeshService(
                service.Namespace, service.Name, service.DnsName(_resources.Mesh.DnsDomain), MeshServiceKind.Service)
            {
                Settings = ServiceSettings.From(service.Timeouts, service.ConnectionPool),
            };
            var vips = VipsOf(service);
            AddName(identity.HostName, vips);
            foreach (var name in service.Hostnames)
            {
                AddName(name, vips);
            }

            foreach (var port in service.Ports)
            {
                var endpoints = service.Selector is null ? StaticEndpoints(service, port) : WorkloadEndpoints(service, port, identity);
                var compiled = new MeshServicePort(identity, port.Port, ProtocolOf(service, port), endpoints);
                _parts.Services.Add(compiled);
                AddAddresses(AtPort(vips, port.Port), compiled);
            }

            if (service.Selector is not null && !_resources.WorkloadsOf(service).Any())
            {
                Warn(service, "its selector matches no Workload of its namespace, so nobody can connect to it");
            }
        }
    }

    private IReadOnlyList<IPAddress> VipsOf(Service service)
    {
        var vips = _resources.Vips.Of(service);
        return [.. new[] { vips.IPv4, vips.IPv6 }.OfType<IPAddress>()];
    }

    private Endpoint[] WorkloadEndpoints(Service service, ServicePort port, MeshService identity)
    {
        var endpoints = new List<Endpoint>();
        foreach (var workload in _resources.WorkloadsOf(service))
        {
            if (workload.FindPort(port.TargetPort) is not { } target)
            {
                Warn(service, $"Workload {workload.Namespace}/{workload.Name} has no port {port.TargetPort}, so port {port.Port} does not reach it");
            }
            else if (EndpointOf(workload, target) is { } endpoint)
            {
                endpoints.Add(endpoint);
                _serviceOf.TryAdd(endpoint, identity);
            }
        }

        return [.. endpoints];
    }

    /// <summary>What the service declares, else what all the workloads' ports behind it do.</summary>
    private AppProtocol ProtocolOf(Service service, ServicePort port)
    {
        if (port.Protocol != AppProtocol.Auto || service.Selector is null)
        {
            return port.Protocol;
        }

        AppProtocol[] declared = [.. _resources.WorkloadsOf(service).Select(w => w.FindPort(port.TargetPort)?.Protocol).OfType<AppProtocol>().Distinct()];
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

    private void CompileServiceEntries()
    {
        var vips = new OutsideVips(_resources);
        foreach (var entry in _resources.ServiceEntries)
        {
            var identity = new MeshService(entry.Namespace, entry.Name, entry.Hosts[0], MeshServiceKind.ServiceEntry);
            foreach (var port in entry.Ports)
            {
                var compiled = EntryPort(entry, port, identity, entry.Hosts.AsEnumerable());
                _parts.Services.Add(compiled);
                _parts.Ranges.AddRange(entry.Addresses.AsEnumerable().Select(range => (range, port.Port, compiled)));
            }

            if (entry.Addresses.IsEmpty)
            {
                CompileHosts(entry, identity, vips);
                continue;
            }

            IPAddress[] single = [.. entry.Addresses.AsEnumerable().Where(IsSingle).Select(range => range.BaseAddress)];
            foreach (var host in single.Length == 0 ? [] : entry.Hosts.AsEnumerable())
            {
                _parts.DnsNames.Add((host, single));
            }
        }
    }

    /// <summary>An entry without addresses is recognised by a virtual address for each host, if there is something behind it to go to.</summary>
    private void CompileHosts(ServiceEntry entry, MeshService identity, OutsideVips vips)
    {
        foreach (var host in entry.Hosts)
        {
            var addresses = entry.Resolution == ServiceEntryResolution.None || !IsPlainName(host) ? [] : vips.Of(host);
            if (addresses.Count == 0)
            {
                Warn(entry, $"{host} has no address here, so connections to it are treated as unknown; give the entry addresses, or resolution DNS");
                continue;
            }

            AddName(host, addresses);
            foreach (var port in entry.Ports)
            {
                AddAddresses(AtPort(addresses, port.Port), EntryPort(entry, port, identity, [host]));
            }
        }
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
            names.AddRange(hosts.Where(IsPlainName).Select(host => new UpstreamName(host, port.Port)));
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
            foreach (var port in workload.Ports)
            {
                if (EndpointOf(workload, port) is { } endpoint)
                {
                    var service = _serviceOf.GetValueOrDefault(endpoint) ?? ServiceOf(workload);
                    AddAddresses(_addresses.Of(workload, port), new MeshServicePort(service, port.Port, port.Protocol, [endpoint]));
                }
            }
        }

        foreach (var service in _parts.Services)
        {
            foreach (var endpoint in service.Endpoints)
            {
                var address = endpoint.Address with { ScopeId = 0 };
                _parts.ByAddress.TryAdd(address, new MeshServicePort(service.Service, address.Port, service.Protocol, [endpoint]));
            }
        }
    }

    private static MeshService ServiceOf(Workload workload) =>
        new(workload.Namespace, workload.Name, $"{workload.Namespace}/{workload.Name}", MeshServiceKind.Workload);

    private void AddName(string name, IReadOnlyList<IPAddress> addresses)
    {
        _parts.DnsNames.Add((name, addresses));
        _parts.VirtualAddresses.UnionWith(addresses.Select(address => IpEndpoint.From(address, 0).Address));
    }

    private static IEnumerable<IpEndpoint> AtPort(IEnumerable<IPAddress> addresses, ushort port) =>
        addresses.Select(address => IpEndpoint.From(address, port) with { ScopeId = 0 });

    private static bool IsSingle(IPNetwork range) => range.PrefixLength == (range.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);

    private static bool IsPlainName(string host) => !host.StartsWith("*.", StringComparison.Ordinal);
}
