using NodeMesh.Controller.Options;

namespace NodeMesh.Controller.Api;

/// <summary>An operator, as the connection proves who it is.</summary>
/// <param name="Name">As revisions and the audit log have it.</param>
/// <param name="Replaced">Cancelled when it may have another role, or none: what is under way for it ends then.</param>
internal sealed record Caller(string Name, OperatorRole Role, CancellationToken Replaced = default);
