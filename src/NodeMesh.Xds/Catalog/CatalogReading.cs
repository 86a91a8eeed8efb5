namespace NodeMesh.Xds.Catalog;

/// <summary>What comes next for a node, as far as it was asked for.</summary>
/// <param name="Entries">In the order in which they are to be sent.</param>
/// <param name="Sequence">The place in the order of changes where the node stands then.</param>
/// <param name="IsWhole">Whether it has everything then.</param>
/// <param name="Version">The revision it has then.</param>
/// <param name="Changed">Ends when there is more.</param>
public sealed record CatalogReading(IReadOnlyList<CatalogEntry> Entries, long Sequence, bool IsWhole, long Version, Task Changed);
