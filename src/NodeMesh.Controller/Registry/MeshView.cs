using System.Collections.Immutable;
using NodeMesh.Controller.Store;
using NodeMesh.Resources;
using NodeMesh.Resources.Checking;

namespace NodeMesh.Controller.Registry;

/// <summary>The mesh as it is at one moment. Immutable, swapped whole; the next one shares with it what did not change.</summary>
/// <param name="Revision">0 before the first.</param>
/// <param name="Mesh">Empty before the first.</param>
/// <param name="Stored">The same resources as they are kept.</param>
/// <param name="RefsSince">Where it changed since a resource's own revision whether everything that it names exists: when. It is not kept on disk.</param>
internal sealed record MeshView(
    long Revision, CheckedMesh Mesh, ImmutableDictionary<ResourceKey, StoredResource> Stored, ImmutableDictionary<ResourceKey, DateTimeOffset> RefsSince)
{
    public Resource? Find(ResourceKey key) => Mesh.Find(key);
}
