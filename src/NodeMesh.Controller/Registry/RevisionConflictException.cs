namespace NodeMesh.Controller.Registry;

/// <summary>A resource was changed by somebody else since the author looked.</summary>
internal sealed class RevisionConflictException(string message) : Exception(message);
