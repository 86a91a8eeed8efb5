namespace NodeMesh.Resources;

/// <summary>
/// One thing the operator declared: a kind, metadata and the fields of its <c>spec</c>. Immutable, equal by content, safe on any thread.
/// Defaults are filled in: what a reader sees is what holds.
/// </summary>
public abstract record Resource
{
    /// <summary>The apiVersion of this project's own kinds.</summary>
    public const string NodeMeshV1 = "nodemesh.io/v1";

    public required ResourceMetadata Metadata { get; init; }

    public virtual string ApiVersion => NodeMeshV1;

    public abstract string Kind { get; }

    public string Name => Metadata.Name;

    /// <summary>Empty for kinds that stand outside namespaces (MeshConfig, Node).</summary>
    public string Namespace => Metadata.Namespace;

    public ResourceKey Key => new(Kind, Metadata.Namespace, Metadata.Name);
}
