namespace NodeMesh.Spiffe.Authority;

/// <summary>A certificate authority cannot do what was asked. The message says what, where, and what would be right.</summary>
public sealed class AuthorityException(string message) : Exception(message);
