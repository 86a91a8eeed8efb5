using Google.Protobuf;

namespace NodeMesh.Xds.Catalog;

/// <summary>What becomes of one resource of a catalog.</summary>
/// <param name="Value">Null to remove it.</param>
public readonly record struct CatalogChange(string Name, ByteString? Value);
