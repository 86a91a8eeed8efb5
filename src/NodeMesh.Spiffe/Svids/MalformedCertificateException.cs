namespace NodeMesh.Spiffe.Svids;

/// <summary>Bytes that should be a certificate are not one. Never leaves this assembly.</summary>
internal sealed class MalformedCertificateException(string message) : Exception(message);
