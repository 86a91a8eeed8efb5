using NodeMesh.Resources;

namespace NodeMesh.Controller.Store;

/// <summary>What a revision made of one resource.</summary>
/// <param name="Before">Its YAML before; null when there was none.</param>
/// <param name="After">Its YAML since; null when it was deleted.</param>
internal sealed record RevisionChange(ResourceKey Key, ReadOnlyMemory<byte>? Before, ReadOnlyMemory<byte>? After);
