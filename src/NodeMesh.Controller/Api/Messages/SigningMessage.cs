namespace NodeMesh.Controller.Api.Messages;

/// <summary>POST /v1/renew and /v1/certificates.</summary>
/// <param name="Id">The SPIFFE ID; absent for the node's own.</param>
/// <param name="Request">A PKCS#10 request in DER, in base64.</param>
internal sealed record SigningMessage(string? Id, byte[] Request);
