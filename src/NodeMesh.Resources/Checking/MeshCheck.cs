namespace NodeMesh.Resources.Checking;

/// <summary>The outcome of a change: all or nothing.</summary>
/// <param name="Mesh">The mesh as it is then; null when there is an error.</param>
/// <param name="Issues">Errors first; at most a hundred of each severity. Warnings also stand beside a mesh.</param>
public sealed record MeshCheck(CheckedMesh? Mesh, ValueList<ResourceIssue> Issues);
