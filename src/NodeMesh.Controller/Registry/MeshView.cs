using System.Collections.Frozen;
using NodeMesh.Controller.Store;
using NodeMesh.Resources;

namespace NodeMesh.Controller.Registry;

/// <summary>The mesh as it is at one moment. Immutable, swapped whole.</summary>
/// <param name="Revision">0 before the first.</param>
/// <param name="Set">Null before the first.</param>
/// <param name="Stored">The same resources as they are kept.</param>
internal sealed record MeshView(long Revision, ResourceSet? Set, FrozenDictionary<ResourceKey, StoredResource> Stored)
{
    public Resource? Find(ResourceKey key) => Set is not null && Set.TryGet(key, out var resource) ? resource : null;
}
