namespace NodeMesh.Proxy.Telemetry;

/// <summary>The texts of a <see cref="RefusalCode"/>.</summary>
/// <param name="Code">The code.</param>
/// <param name="Name">Its stable name in kebab case, as in logs, labels and headers.</param>
/// <param name="Flag">The response flag of Envoy's access logs that users know, or empty where Envoy has none.</param>
/// <param name="Meaning">What happened.</param>
/// <param name="Remedy">What the operator can do.</param>
/// <param name="HttpStatus">The status that an HTTP request refused so is answered with, as long as no answer has begun.</param>
/// <param name="GrpcStatus">The status that a gRPC call refused so is answered with (the names stand in <c>grpc/status.h</c>).</param>
public sealed record RefusalDescription(
    RefusalCode Code, string Name, string Flag, string Meaning, string Remedy, int HttpStatus = 503, int GrpcStatus = 14);
