using NodeMesh.Resources;

namespace NodeMesh.Controller.Api.Messages;

/// <summary>What a resource is known by.</summary>
internal sealed record ResourceKeyMessage(string Kind, string Name, string? Namespace = null)
{
    public ResourceKey Key => new(Kind, Namespace ?? "", Name);

    public static ResourceKeyMessage Of(ResourceKey key) => new(key.Kind, key.Name, key.Namespace.Length > 0 ? key.Namespace : null);
}
