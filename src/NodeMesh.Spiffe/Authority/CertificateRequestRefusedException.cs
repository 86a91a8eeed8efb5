namespace NodeMesh.Spiffe.Authority;

/// <summary>A certificate signing request was refused. The message says which rule it breaks; it is fit to be sent back to the requester.</summary>
public sealed class CertificateRequestRefusedException(string message) : Exception(message);
