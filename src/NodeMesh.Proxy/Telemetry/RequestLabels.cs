namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// What the request metrics of one source and one route have in common; names and values are those of Istio's standard metrics. What is not
/// known is <c>unknown</c>.
/// </summary>
/// <param name="Reporter">Which end counts: <c>source</c> or <c>destination</c>.</param>
/// <param name="Source">The workload that sent the request.</param>
/// <param name="Destination">The workload that answered it.</param>
/// <param name="DestinationService">The service as <c>namespace/name</c>.</param>
/// <param name="Route">The route that the request took; <c>default</c> where nothing but the service decided.</param>
/// <param name="Protocol"><c>http</c>, <c>http2</c> or <c>grpc</c>.</param>
/// <param name="Security"><c>mutual_tls</c>, <c>local</c> (same node, attested) or <c>none</c>.</param>
public readonly record struct RequestLabels(
    string Reporter,
    PeerLabels Source,
    PeerLabels Destination,
    string DestinationService,
    string Route,
    string Protocol,
    string Security)
{
    public const string DefaultRoute = "default";
}
