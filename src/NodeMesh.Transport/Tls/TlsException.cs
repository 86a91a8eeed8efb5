namespace NodeMesh.Transport.Tls;

/// <summary>A context or credential could not be set up: a broken key, a certificate that does not fit it, or OpenSSL out of memory.</summary>
public sealed class TlsException(string message) : Exception(message);
