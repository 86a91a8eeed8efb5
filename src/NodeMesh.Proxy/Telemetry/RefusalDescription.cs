namespace NodeMesh.Proxy.Telemetry;

/// <summary>The texts of a <see cref="RefusalCode"/>.</summary>
/// <param name="Code">The code.</param>
/// <param name="Name">Its stable name in kebab case, as in logs, labels and headers.</param>
/// <param name="Flag">The response flag of Envoy's access logs that users know, or empty where Envoy has none.</param>
/// <param name="Meaning">What happened.</param>
/// <param name="Remedy">What the operator can do.</param>
public sealed record RefusalDescription(RefusalCode Code, string Name, string Flag, string Meaning, string Remedy);
