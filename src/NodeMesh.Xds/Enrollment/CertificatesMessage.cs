namespace NodeMesh.Xds.Enrollment;

/// <summary>What was signed.</summary>
/// <param name="Node">The node that it is for.</param>
/// <param name="TrustDomain">Whose bundle peers need.</param>
/// <param name="Chain">Certificates in DER, in base64, leaf first.</param>
public sealed record CertificatesMessage(string Node, string TrustDomain, IReadOnlyList<byte[]> Chain);
