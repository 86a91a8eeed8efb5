namespace NodeMesh.Spiffe;

/// <summary>A text is not a SPIFFE ID or not a trust domain name. The message says which rule it breaks and what would be right.</summary>
public sealed class SpiffeIdFormatException(string message) : FormatException(message);
