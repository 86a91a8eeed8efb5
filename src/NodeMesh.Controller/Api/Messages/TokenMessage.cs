namespace NodeMesh.Controller.Api.Messages;

/// <summary>A join token. It is shown once, and kept nowhere.</summary>
internal sealed record TokenMessage(string Node, string Token, DateTimeOffset ExpiresAt);
