using Google.Protobuf;

namespace NodeMesh.Xds.Catalog;

/// <summary>A resource as it is distributed, or the note that there is none any more. Immutable.</summary>
/// <param name="Name">Unique in its catalog.</param>
/// <param name="Version">The revision that made it so.</param>
/// <param name="Value">The message in its encoding, shared by everyone it is sent to; null when the resource was removed.</param>
/// <param name="Sequence">Its place in the order of changes.</param>
public sealed record CatalogEntry(string Name, long Version, ByteString? Value, long Sequence);
