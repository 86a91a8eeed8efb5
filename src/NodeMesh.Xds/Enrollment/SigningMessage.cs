namespace NodeMesh.Xds.Enrollment;

/// <summary>POST /v1/renew and /v1/certificates.</summary>
/// <param name="Request">A PKCS#10 request in DER, in base64.</param>
/// <param name="Id">The SPIFFE ID; absent for the node's own.</param>
public sealed record SigningMessage(byte[] Request, string? Id = null);
