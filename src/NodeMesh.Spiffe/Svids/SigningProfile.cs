using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Spiffe.Svids;

/// <summary>What the X509-SVID standard asks of a signing certificate (sections 3.2, 4.1 and 4.3). Stateless.</summary>
internal static class SigningProfile
{
    private const string SanOid = "2.5.29.17";
    private const string BasicConstraintsOid = "2.5.29.19";
    private const string KeyUsageOid = "2.5.29.15";

    /// <summary>Null, or the rule that the certificate breaks.</summary>
    /// <exception cref="MalformedCertificateException">An extension cannot be read.</exception>
    internal static string? Check(X509Certificate2 certificate)
    {
        if (!CertificateReader.IsAuthority(CertificateReader.Find(certificate, BasicConstraintsOid)))
        {
            return "it is not a CA certificate (BasicConstraints with cA=true)";
        }

        var keyUsage = CertificateReader.KeyUsage(CertificateReader.Find(certificate, KeyUsageOid)) ?? X509KeyUsageFlags.None;
        if ((keyUsage & X509KeyUsageFlags.KeyCertSign) == X509KeyUsageFlags.None)
        {
            return "its KeyUsage lacks keyCertSign";
        }

        // An authority above the mesh may have names of its own; only a SPIFFE ID is bound by the standard.
        foreach (var uri in ReadUris(certificate))
        {
            if (SpiffeId.TryParse(uri, out var id, out _) && !id.IsTrustDomain)
            {
                return $"its SPIFFE ID {id} has a path; a signing certificate's has none";
            }
        }

        return null;
    }

    /// <summary>The SPIFFE ID of a signing certificate, or null when it has none.</summary>
    internal static SpiffeId? ReadId(X509Certificate2 certificate) =>
        ReadUris(certificate) is [var uri] && SpiffeId.TryParse(uri, out var id, out _) ? id : null;

    private static List<string> ReadUris(X509Certificate2 certificate) =>
        CertificateReader.Find(certificate, SanOid) is { } san ? CertificateReader.ReadSan(san.RawData).Uris : [];
}
