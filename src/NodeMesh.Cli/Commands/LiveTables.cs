using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>Tables of what the daemon sees at this moment. Stateless.</summary>
internal static class LiveTables
{
    public static Table Services(IEnumerable<ServiceList.Service> services, bool wide)
    {
        string[] headers = ["NAMESPACE", "NAME", "VIP", "PORTS", "ENDPOINTS", "CONNECTIONS"];
        var table = new Table(wide ? [.. headers, "VIPS", "HOSTS"] : headers);
        foreach (var service in services)
        {
            var endpoints = service.Ports.Sum(port => port.Endpoints);
            var usable = service.Ports.Sum(port => port.UsableEndpoints);
            Cell[] row =
            [
                service.Namespace, service.Name, service.Vips.Count > 0 ? service.Vips[0] : null,
                string.Join(',', service.Ports.Select(port => $"{(port.Name is null ? "" : port.Name + ":")}{port.Port}/{port.Protocol}")),
                new Cell($"{usable}/{endpoints}", usable == 0 ? Tone.Bad : usable < endpoints ? Tone.Warning : Tone.Plain),
                service.Ports.Sum(port => port.ActiveConnections),
            ];
            table.Add(wide ? [.. row, string.Join(',', service.Vips), string.Join(',', service.Hosts)] : row);
        }

        return table;
    }

    public static Table Endpoints(IEnumerable<EndpointList.Endpoint> endpoints, bool wide)
    {
        string[] headers = ["SERVICE", "PORT", "KIND", "ADDRESS", "NODE", "WORKLOAD", "HEALTH", "CONNECTIONS"];
        var table = new Table(wide ? [.. headers, "DIALS", "FAILURES", "SPIFFE-ID"] : headers);
        foreach (var endpoint in endpoints)
        {
            Cell[] row =
            [
                endpoint.Service, endpoint.Port, endpoint.Kind, endpoint.Address, endpoint.Node, endpoint.Workload, HealthCell(endpoint.Health),
                endpoint.ActiveConnections,
            ];
            table.Add(wide ? [.. row, endpoint.DialAddress, endpoint.ConsecutiveFailures, endpoint.SpiffeId] : row);
        }

        return table;
    }

    public static Cell HealthCell(string health) => new(health, health switch { "healthy" => Tone.Good, "" => Tone.Plain, _ => Tone.Bad });

    public static Cell CertificateCell(string state, double? remainingSeconds)
    {
        var text = state is "valid" or "expiring" && remainingSeconds is { } left ? $"{state} ({Humane.Duration(left)} left)" : state;
        return new Cell(text, state switch { "valid" => Tone.Good, "expiring" => Tone.Warning, _ => Tone.Bad });
    }
}
