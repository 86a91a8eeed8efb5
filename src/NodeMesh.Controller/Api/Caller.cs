using NodeMesh.Controller.Options;

namespace NodeMesh.Controller.Api;

/// <summary>An operator, as the connection proves who it is.</summary>
/// <param name="Name">As revisions and the audit log have it.</param>
internal sealed record Caller(string Name, OperatorRole Role);
