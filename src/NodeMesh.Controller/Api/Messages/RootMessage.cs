using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Controller.Api.Messages;

/// <summary>A signing certificate of the trust domain.</summary>
/// <param name="Sha256">Of its DER, in lower-case hexadecimal.</param>
internal sealed record RootMessage(string Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Sha256)
{
    public static RootMessage Of(ReadOnlyMemory<byte> der)
    {
        using var root = X509CertificateLoader.LoadCertificate(der.Span);
        return new RootMessage(
            root.SerialNumber,
            new DateTimeOffset(root.NotBefore.ToUniversalTime()),
            new DateTimeOffset(root.NotAfter.ToUniversalTime()),
            Convert.ToHexStringLower(SHA256.HashData(der.Span)));
    }
}
