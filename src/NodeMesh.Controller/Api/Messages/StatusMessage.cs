namespace NodeMesh.Controller.Api.Messages;

/// <summary>GET /v1/status.</summary>
/// <param name="Refused">Requests of nodes that were refused since the start, by reason.</param>
internal sealed record StatusMessage(
    string Version, string TrustDomain, long Revision, int Resources, int Nodes, int Connected, IReadOnlyDictionary<string, long> Refused);
