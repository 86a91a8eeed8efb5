using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Spiffe;

namespace NodeMesh.Proxy.Requests;

/// <summary>What requests with the same labels have in common, as objects that are at hand.</summary>
/// <param name="IsOutbound">Counted where it is sent from.</param>
/// <param name="SourceWorkload">The local workload that sends it; outbound only.</param>
/// <param name="Source">Who sends it, if that is known.</param>
/// <param name="Service">What it was sent to; outbound only.</param>
/// <param name="Endpoint">Where it went; null when it went nowhere.</param>
/// <param name="Protocol">As metrics call it.</param>
/// <param name="IsSecure">Mutual TLS carries it.</param>
internal readonly record struct RequestKind(
    bool IsOutbound, LocalWorkload? SourceWorkload, SpiffeId? Source, MeshServicePort? Service, Endpoint? Endpoint, string Protocol, bool IsSecure)
{
    public RequestLabels ToLabels() => new(
        IsOutbound ? "source" : "destination",
        Peer(SourceWorkload?.Resource.Name, SourceWorkload?.Resource.Namespace ?? Source?.Namespace, Source),
        Peer(Endpoint?.WorkloadName, Endpoint?.WorkloadNamespace, Endpoint?.Identity),
        Service?.Service.FullName ?? (Endpoint?.WorkloadName is null ? ConnectionLabels.Unknown : $"{Endpoint.WorkloadNamespace}/{Endpoint.WorkloadName}"),
        RequestLabels.DefaultRoute,
        Protocol,
        IsSecure ? "mutual_tls" : IsOutbound && Endpoint is { IsLocal: true } ? "local" : "none");

    private static PeerLabels Peer(string? workload, string? ns, SpiffeId? principal) => new(
        workload ?? ConnectionLabels.Unknown, ns ?? ConnectionLabels.Unknown, principal?.ToString() ?? ConnectionLabels.Unknown);
}
