namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// The labels of a connection's traffic metrics; the names and values are those of Istio's standard metrics, so that dashboards carry over.
/// What is not known is <c>unknown</c>.
/// </summary>
/// <param name="Reporter">Which end counts: <c>source</c> or <c>destination</c>.</param>
/// <param name="Source">The workload that connected.</param>
/// <param name="Destination">The workload connected to.</param>
/// <param name="DestinationService">The service's host name or <c>name.namespace</c>.</param>
/// <param name="Protocol">The declared protocol: <c>tcp</c>, <c>http</c>, ...</param>
/// <param name="Security"><c>mutual_tls</c>, <c>local</c> (same node, attested) or <c>none</c>.</param>
public readonly record struct ConnectionLabels(
    string Reporter,
    PeerLabels Source,
    PeerLabels Destination,
    string DestinationService,
    string Protocol,
    string Security)
{
    public const string Unknown = "unknown";
}
