using System.Net;
using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Services;

/// <summary>Declares <see cref="Service"/>.</summary>
internal static class ServiceKind
{
    private static readonly ObjectSchema<ServicePort> Port = new(
        "a service port",
        () => new ServicePort { Port = 0, TargetPort = default },
        [
            Fields.Optional("name", NetworkScalars.PortName, (ServicePort p) => p.Name, (p, v) => p with { Name = v }),
            Fields.Required("port", NetworkScalars.Port, (ServicePort p) => p.Port, (p, v) => p with { Port = v }),
            Fields.Optional("targetPort", NetworkScalars.PortReference, (ServicePort p) => p.TargetPort, (p, v) => p with { TargetPort = v }),
            Fields.Optional("protocol", Scalars.Protocol, (ServicePort p) => p.Protocol, (p, v) => p with { Protocol = v }),
        ],
        complete: port => port.TargetPort == default ? port with { TargetPort = new PortReference(port.Port) } : port);

    private static readonly ObjectSchema<ServiceEndpoint> Endpoint = new("an endpoint", () => new ServiceEndpoint { Address = IPAddress.None },
    [
        Fields.Required("address", NetworkScalars.UnicastAddress, (ServiceEndpoint e) => e.Address, (e, v) => e with { Address = v }),
        Fields.Optional("port", new NullableSchema<ushort>(NetworkScalars.Port), (ServiceEndpoint e) => e.Port, (e, v) => e with { Port = v }),
    ]);

    public static DeclaredKind<Service> Kind { get; } = new(
        "Service",
        metadata => new Service { Metadata = metadata, Ports = [] },
        [
            Fields.Required("ports", new ListSchema<ServicePort>(Port, atMost: 256), (Service s) => s.Ports, (s, v) => s with { Ports = v }),
            Fields.Optional(
                "selector", new LabelsSchema(Scalars.LabelValue, mayBeEmpty: false), (Service s) => s.Selector, (s, v) => s with { Selector = v }),
            Fields.Optional(
                "endpoints",
                new ListSchema<ServiceEndpoint>(Endpoint, atMost: 1024, distinct: true),
                (Service s) => s.Endpoints,
                (s, v) => s with { Endpoints = v }),
            Fields.Optional(
                "vips",
                new ListSchema<IPAddress>(NetworkScalars.UnicastAddress, atMost: 2, distinct: true),
                (Service s) => s.Vips,
                (s, v) => s with { Vips = v }),
            Fields.Optional(
                "hostnames",
                new ListSchema<string>(Scalars.DnsName, atMost: 64, distinct: true),
                (Service s) => s.Hostnames,
                (s, v) => s with { Hostnames = v }),
            Fields.Optional("timeouts", ServiceLimitsSchema.Timeouts, (Service s) => s.Timeouts, (s, v) => s with { Timeouts = v }),
            Fields.Optional("connectionPool", ServiceLimitsSchema.Pool, (Service s) => s.ConnectionPool, (s, v) => s with { ConnectionPool = v }),
        ],
        check: Check);

    private static void Check(Service service, FieldScope spec)
    {
        PortChecks.Unique(service.Ports.AsEnumerable().Select(port => (port.Name, port.Port)).ToArray(), spec);
        if (service.Selector is null && service.Endpoints.IsEmpty)
        {
            spec.Error("nothing stands behind the service; give a selector (labels of workloads) or endpoints (addresses outside the mesh)");
        }

        if (service.Selector is not null && !service.Endpoints.IsEmpty)
        {
            spec.Error("endpoints", "selector and endpoints are both given; give one of them, or make two services");
        }

        if (service.Vips is [var first, var second] && first.AddressFamily == second.AddressFamily)
        {
            spec.Error("vips[1]", $"{first} and {second} are of one family; give at most one IPv4 and one IPv6 address");
        }

        for (var i = 0; i < service.Vips.Count; i++)
        {
            if (IPAddress.IsLoopback(service.Vips[i]))
            {
                spec.Error($"vips[{i}]", $"{service.Vips[i]} is a loopback address, which is never captured; give another or leave it out");
            }
        }

        CheckTargetsOfEndpoints(service, spec);
    }

    private static void CheckTargetsOfEndpoints(Service service, FieldScope spec)
    {
        var somePortIsOpen = service.Endpoints.AsEnumerable().Any(endpoint => endpoint.Port is null);
        for (var i = 0; i < service.Ports.Count; i++)
        {
            if (somePortIsOpen && service.Ports[i].TargetPort.Name is { } name)
            {
                spec.Error($"ports[{i}].targetPort", $"static endpoints have no port named {name}; give a number, or a port at every endpoint");
            }
        }
    }
}
