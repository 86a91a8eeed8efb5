namespace NodeMesh.Controller.Store;

/// <summary>A right to join once, under one name. Its secret is not kept, only the hash.</summary>
/// <param name="Hash">SHA-256 of the secret, in lower-case hexadecimal.</param>
/// <param name="UsedAt">When it was used; null while it can be.</param>
internal sealed record JoinToken(string Hash, string Node, DateTimeOffset ExpiresAt, DateTimeOffset? UsedAt);
