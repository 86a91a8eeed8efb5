namespace NodeMesh.Xds.Enrollment;

/// <summary>POST /v1/join.</summary>
/// <param name="Secret">Of the token.</param>
/// <param name="Request">A PKCS#10 request in DER, in base64.</param>
public sealed record JoinMessage(string Secret, byte[] Request);
