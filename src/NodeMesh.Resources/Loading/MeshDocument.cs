namespace NodeMesh.Resources.Loading;

/// <summary>A resource as one document of a file: read once, and kept for as long as the file says the same. Immutable; safe on any thread.</summary>
/// <param name="File">Read again when there is something to say about a line of it.</param>
/// <param name="Location">Where the document begins.</param>
public sealed record MeshDocument(Resource Resource, ResourceFile File, SourceLocation Location)
{
    public ResourceKey Key => Resource.Key;
}
