namespace NodeMesh.Controller.Api.Messages;

/// <summary>A node that has joined.</summary>
/// <param name="State"><c>joined</c>, <c>cordoned</c> or <c>evicted</c>.</param>
/// <param name="Connected">Whether it receives changes now.</param>
/// <param name="Revision">The last revision that it has put in force, since it connected.</param>
/// <param name="Refusal">Why it does not use the newest.</param>
internal sealed record NodeMessage(
    string Name, string State, DateTimeOffset JoinedAt, DateTimeOffset CertificateNotAfter, bool Connected, string? Address, long? Revision, string? Refusal);
