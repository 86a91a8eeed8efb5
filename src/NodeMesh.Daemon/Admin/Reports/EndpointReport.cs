using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Daemon.Configuration;
using NodeMesh.Daemon.Telemetry;
using NodeMesh.Proxy.Configuration;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>The endpoints of the services.</summary>
internal static class EndpointReport
{
    public static EndpointsMessage Of(ConfigurationState state, string? service) => new()
    {
        Revision = state.Revision,
        Items = [.. (state.Snapshot?.Services ?? [])
            .Where(port => service is null || string.Equals(port.Service.FullName, service, StringComparison.Ordinal))
            .SelectMany(port => port.Endpoints.ToArray().Select(endpoint => Of(endpoint) with { Service = port.Service.FullName, Port = port.Port }))],
    };

    public static EndpointMessage Of(Endpoint endpoint) => new()
    {
        Kind = Texts.Of(endpoint.Kind),
        Address = Texts.Of(endpoint.Address),
        DialAddress = Texts.Of(endpoint.DialAddress),
        Node = endpoint.NodeName,
        Workload = endpoint.WorkloadName is null ? null : $"{endpoint.WorkloadNamespace}/{endpoint.WorkloadName}",
        SpiffeId = endpoint.Identity?.ToString(),
        Health = DaemonMetrics.StateName(endpoint.State.Health),
        ActiveConnections = endpoint.State.Active,
        ConsecutiveFailures = endpoint.State.ConsecutiveFailures,
    };
}
