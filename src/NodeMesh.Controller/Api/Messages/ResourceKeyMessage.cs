using NodeMesh.Resources;

namespace NodeMesh.Controller.Api.Messages;

/// <summary>What a resource is known by.</summary>
internal sealed record ResourceKeyMessage(string Kind, string? Namespace, string Name)
{
    public ResourceKey Key => new(Kind, Namespace ?? "", Name);

    public static ResourceKeyMessage Of(ResourceKey key) => new(key.Kind, key.Namespace.Length > 0 ? key.Namespace : null, key.Name);
}
