using System.Text.Json;

namespace NodeMesh.Spiffe.Bundles;

/// <summary>A key of a bundle that verifies JWT-SVIDs, kept as it was published. Immutable.</summary>
/// <param name="KeyId">The <c>kid</c> that a token's header names.</param>
/// <param name="Jwk">The whole JWK (RFC 7517), detached from the document it was read from.</param>
public sealed record JwtAuthority(string KeyId, JsonElement Jwk);
