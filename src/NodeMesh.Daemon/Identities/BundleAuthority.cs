using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Bundles;

namespace NodeMesh.Daemon.Identities;

/// <summary>An authority of a trust bundle as operators see it.</summary>
/// <param name="Sha256">Of the certificate's DER, in lower-case hexadecimal.</param>
internal sealed record BundleAuthority(string Subject, string SerialNumber, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Sha256)
{
    /// <summary>The authorities of a bundle, in its order.</summary>
    public static IReadOnlyList<BundleAuthority> Of(TrustBundle bundle) => [.. bundle.X509Authorities.Select(Read)];

    private static BundleAuthority Read(ReadOnlyMemory<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return new BundleAuthority(
            certificate.Subject,
            certificate.SerialNumber,
            new DateTimeOffset(certificate.NotBefore.ToUniversalTime()),
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime()),
            Convert.ToHexStringLower(SHA256.HashData(der.Span)));
    }
}
