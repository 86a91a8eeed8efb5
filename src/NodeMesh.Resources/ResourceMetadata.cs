namespace NodeMesh.Resources;

/// <summary>The <c>metadata</c> of a resource.</summary>
public sealed record ResourceMetadata
{
    /// <summary>The namespace of a namespaced resource that names none.</summary>
    public const string DefaultNamespace = "default";

    public required string Name { get; init; }

    /// <summary>Empty for kinds that stand outside namespaces.</summary>
    public string Namespace { get; init; } = DefaultNamespace;

    public Labels Labels { get; init; } = Labels.Empty;

    /// <summary>Notes for people and tools; the mesh reads none of them.</summary>
    public Labels Annotations { get; init; } = Labels.Empty;

    /// <summary>Metadata of a namespaced resource.</summary>
    public static ResourceMetadata Of(string name, string @namespace = DefaultNamespace, Labels? labels = null) =>
        new() { Name = name, Namespace = @namespace, Labels = labels ?? Labels.Empty };

    /// <summary>Metadata of a resource that stands outside namespaces.</summary>
    public static ResourceMetadata Global(string name, Labels? labels = null) => Of(name, "", labels);
}
