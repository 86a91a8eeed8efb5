using System.Collections.Immutable;
using NodeMesh.Controller.Store;
using NodeMesh.Resources;
using NodeMesh.Resources.Checking;

namespace NodeMesh.Controller.Registry;

/// <summary>The mesh as it is at one moment. Immutable, swapped whole; the next one shares with it what did not change.</summary>
/// <param name="Revision">0 before the first.</param>
/// <param name="Mesh">Empty before the first.</param>
/// <param name="Stored">The same resources as they are kept.</param>
internal sealed record MeshView(long Revision, CheckedMesh Mesh, ImmutableDictionary<ResourceKey, StoredResource> Stored)
{
    public Resource? Find(ResourceKey key) => Mesh.Find(key);
}
