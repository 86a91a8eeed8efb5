namespace NodeMesh.Controller.Authority;

/// <summary>The certificates of the authority, in DER. Immutable.</summary>
/// <param name="Issuing">The one that signs leaves.</param>
/// <param name="Active">The root above it.</param>
/// <param name="Prepared">The root that will sign next; null where there is none, or it is not known which.</param>
/// <param name="Retiring">Roots that are trusted beside these.</param>
internal sealed record AuthorityRoots(
    ReadOnlyMemory<byte> Issuing, ReadOnlyMemory<byte> Active, ReadOnlyMemory<byte>? Prepared, IReadOnlyList<ReadOnlyMemory<byte>> Retiring);
