namespace NodeMesh.Spiffe.Bundles;

/// <summary>A document is not a SPIFFE bundle. The message says which rule is broken, at which key, and what would be right.</summary>
public sealed class TrustBundleFormatException(string message) : FormatException(message);
