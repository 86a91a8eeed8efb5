namespace NodeMesh.Spiffe.Svids;

/// <summary>A certificate chain and key are not a usable X.509-SVID. The message says which rule is broken and what would be right.</summary>
public sealed class X509SvidException(string message) : Exception(message);
