namespace NodeMesh.Xds.Catalog;

/// <summary>What a node lacks of a catalog at one moment.</summary>
/// <param name="Entries">In the order in which they are to be sent.</param>
/// <param name="Sequence">The place in the order of changes where it stands then.</param>
/// <param name="Version">The revision it has then.</param>
/// <param name="Changed">Ends when there is more.</param>
public sealed record CatalogReading(IReadOnlyList<CatalogEntry> Entries, long Sequence, long Version, Task Changed);
