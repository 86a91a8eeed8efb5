namespace NodeMesh.Controller.Api.Messages;

/// <summary>GET /v1/authority, and the answer to each step of a rotation.</summary>
/// <param name="Issuing">The certificate that signs leaves.</param>
/// <param name="Active">The root above it.</param>
/// <param name="Prepared">The one that peers are to learn, and that will sign next.</param>
/// <param name="Retiring">Those that are trusted beside them: they sign no more or, where the authority is given in files, not yet.</param>
/// <param name="Problem">Why files that were given last are not used.</param>
internal sealed record AuthorityMessage(
    string TrustDomain, RootMessage Issuing, RootMessage Active, RootMessage? Prepared, IReadOnlyList<RootMessage> Retiring, string? Problem);
