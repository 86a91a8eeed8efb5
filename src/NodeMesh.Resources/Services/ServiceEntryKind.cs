using System.Net;
using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Services;

/// <summary>Declares <see cref="ServiceEntry"/>.</summary>
internal static class ServiceEntryKind
{
    private static readonly ObjectSchema<ServiceEntryPort> Port = new("a service entry port", () => new ServiceEntryPort { Port = 0 },
    [
        Fields.Optional("name", NetworkScalars.PortName, (ServiceEntryPort p) => p.Name, (p, v) => p with { Name = v }),
        Fields.Required("port", NetworkScalars.Port, (ServiceEntryPort p) => p.Port, (p, v) => p with { Port = v }),
        Fields.Optional("protocol", Scalars.Protocol, (ServiceEntryPort p) => p.Protocol, (p, v) => p with { Protocol = v }),
    ]);

    private static readonly ObjectSchema<ServiceEntryEndpoint> Endpoint = new("an endpoint", () => new ServiceEntryEndpoint { Address = "" },
    [
        Fields.Required(
            "address",
            Scalars.Text("an IP address or a DNS name in lower case", text => IsAddress(text) || (DnsText.IsName(text) && !NetworkText.LooksLikeIPv4(text))),
            (ServiceEntryEndpoint e) => e.Address,
            (e, v) => e with { Address = v }),
        Fields.Optional("port", new NullableSchema<ushort>(NetworkScalars.Port), (ServiceEntryEndpoint e) => e.Port, (e, v) => e with { Port = v }),
    ]);

    public static DeclaredKind<ServiceEntry> Kind { get; } = new(
        "ServiceEntry",
        metadata => new ServiceEntry { Metadata = metadata, Hosts = [], Ports = [] },
        [
            Fields.Required(
                "hosts",
                new ListSchema<string>(Scalars.DnsNameOrWildcard, atMost: 256, distinct: true),
                (ServiceEntry s) => s.Hosts,
                (s, v) => s with { Hosts = v }),
            Fields.Optional(
                "addresses",
                new ListSchema<IPNetwork>(NetworkScalars.Network, atMost: 256, distinct: true),
                (ServiceEntry s) => s.Addresses,
                (s, v) => s with { Addresses = v }),
            Fields.Required(
                "ports", new ListSchema<ServiceEntryPort>(Port, atMost: 256), (ServiceEntry s) => s.Ports, (s, v) => s with { Ports = v }),
            Fields.Optional(
                "resolution",
                Choice.Of(("none", ServiceEntryResolution.None), ("static", ServiceEntryResolution.Static), ("dns", ServiceEntryResolution.Dns)),
                (ServiceEntry s) => s.Resolution,
                (s, v) => s with { Resolution = v }),
            Fields.Optional(
                "endpoints",
                new ListSchema<ServiceEntryEndpoint>(Endpoint, atMost: 1024, distinct: true),
                (ServiceEntry s) => s.Endpoints,
                (s, v) => s with { Endpoints = v }),
        ],
        check: Check);

    private static void Check(ServiceEntry entry, FieldScope spec)
    {
        PortChecks.Unique(entry.Ports.AsEnumerable().Select(port => (port.Name, port.Port)).ToArray(), spec);
        switch (entry.Resolution)
        {
            case ServiceEntryResolution.None when !entry.Endpoints.IsEmpty:
                spec.Error("endpoints", "with resolution none connections go where the application sends them; choose static or dns, or leave endpoints out");
                break;
            case ServiceEntryResolution.Static when entry.Endpoints.IsEmpty:
                spec.Error("resolution", "resolution static needs endpoints; give their addresses");
                break;
            case ServiceEntryResolution.Dns when entry.Endpoints.IsEmpty:
                CheckHostsCanBeLookedUp(entry, spec);
                break;
            default:
                break;
        }

        for (var i = 0; i < entry.Endpoints.Count && entry.Resolution == ServiceEntryResolution.Static; i++)
        {
            if (!IsAddress(entry.Endpoints[i].Address))
            {
                spec.Error($"endpoints[{i}].address", $"{entry.Endpoints[i].Address} is a name; with resolution static give an IP address, or choose dns");
            }
        }
    }

    private static void CheckHostsCanBeLookedUp(ServiceEntry entry, FieldScope spec)
    {
        for (var i = 0; i < entry.Hosts.Count; i++)
        {
            if (entry.Hosts[i][0] == '*')
            {
                spec.Error($"hosts[{i}]", $"{entry.Hosts[i]} cannot be looked up; give endpoints, full names, or choose resolution none");
            }
        }
    }

    private static bool IsAddress(string text) => NetworkText.TryParseAddress(text, out _, out _);
}
