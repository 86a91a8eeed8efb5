namespace NodeMesh.Controller.Api.Messages;

/// <summary>GET /v1/authority, and the answer to each step of a rotation.</summary>
/// <param name="Active">The root that signs.</param>
/// <param name="Prepared">The one that peers are to learn, and that will sign next.</param>
/// <param name="Retiring">Those that sign no more, and are still trusted.</param>
internal sealed record AuthorityMessage(string TrustDomain, RootMessage Active, RootMessage? Prepared, IReadOnlyList<RootMessage> Retiring);
