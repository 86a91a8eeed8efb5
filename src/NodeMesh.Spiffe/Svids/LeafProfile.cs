using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Spiffe.Svids;

/// <summary>What the X509-SVID standard asks of a leaf certificate beyond RFC 5280 (sections 2 to 5.2). Stateless.</summary>
internal static class LeafProfile
{
    private const string SanOid = "2.5.29.17";
    private const string BasicConstraintsOid = "2.5.29.19";
    private const string KeyUsageOid = "2.5.29.15";
    private const string ExtendedKeyUsageOid = "2.5.29.37";
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    // An empty sequence: a certificate without a subject (RFC 5280, section 4.1.2.6).
    private static ReadOnlySpan<byte> EmptyName => [0x30, 0x00];

    /// <summary>True with the leaf's SPIFFE ID, or false with the first rule it breaks.</summary>
    /// <exception cref="MalformedCertificateException">An extension cannot be read.</exception>
    internal static bool TryRead(
        X509Certificate2 leaf,
        [NotNullWhen(true)] out SpiffeId? id,
        [NotNullWhen(false)] out SvidValidation? refusal)
    {
        refusal = CheckConstraints(leaf);
        id = refusal is null ? ReadId(leaf, out refusal) : null;
        return id is not null && refusal is null;
    }

    private static SvidValidation? CheckConstraints(X509Certificate2 leaf)
    {
        if (CertificateReader.IsAuthority(CertificateReader.Find(leaf, BasicConstraintsOid)))
        {
            return SvidValidation.Refused(SvidFailure.LeafIsAuthority, "the leaf is a CA certificate (cA=true); an SVID must have cA=false");
        }

        var keyUsageExtension = CertificateReader.Find(leaf, KeyUsageOid);
        if (CertificateReader.KeyUsage(keyUsageExtension) is not { } keyUsage)
        {
            return SvidValidation.Refused(SvidFailure.KeyUsageMissing, "the leaf has no KeyUsage; it must have one with digitalSignature");
        }

        if (!keyUsageExtension!.Critical)
        {
            return SvidValidation.Refused(SvidFailure.KeyUsageNotCritical, "the leaf's KeyUsage is not marked critical");
        }

        if ((keyUsage & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) != X509KeyUsageFlags.None)
        {
            return SvidValidation.Refused(SvidFailure.WrongKeyUsage, $"the leaf's KeyUsage is {keyUsage}; an SVID never has keyCertSign or cRLSign");
        }

        if ((keyUsage & X509KeyUsageFlags.DigitalSignature) == X509KeyUsageFlags.None)
        {
            return SvidValidation.Refused(SvidFailure.WrongKeyUsage, $"the leaf's KeyUsage is {keyUsage}; it must have digitalSignature");
        }

        return CertificateReader.Find(leaf, ExtendedKeyUsageOid) is { } extended
            && !CertificateReader.HasPurposes(extended, ServerAuth, ClientAuth)
            ? SvidValidation.Refused(SvidFailure.WrongExtendedKeyUsage, "the leaf's ExtendedKeyUsage must have both serverAuth and clientAuth")
            : null;
    }

    private static SpiffeId? ReadId(X509Certificate2 leaf, out SvidValidation? refusal)
    {
        var san = CertificateReader.Find(leaf, SanOid);
        var uris = san is null ? [] : CertificateReader.ReadSan(san.RawData).Uris;
        if (uris.Count != 1)
        {
            refusal = uris.Count == 0
                ? SvidValidation.Refused(SvidFailure.NoUriSan, "the leaf has no URI SAN; it must have exactly one, its SPIFFE ID")
                : SvidValidation.Refused(SvidFailure.SeveralUriSans, $"the leaf has {uris.Count} URI SANs; it must have exactly one, its SPIFFE ID");
            return null;
        }

        if (!san!.Critical && leaf.SubjectName.RawData.AsSpan().SequenceEqual(EmptyName))
        {
            refusal = SvidValidation.Refused(SvidFailure.SanNotCritical, "the leaf has no subject, so its SubjectAltName must be marked critical");
            return null;
        }

        if (!SpiffeId.TryParse(uris[0], out var id, out var error))
        {
            refusal = SvidValidation.Refused(SvidFailure.MalformedSpiffeId, "the leaf's URI SAN: " + error);
            return null;
        }

        refusal = id.IsTrustDomain
            ? SvidValidation.Refused(SvidFailure.RootPath, $"the leaf's SPIFFE ID {id} has no path; it names the trust domain, not a workload")
            : null;
        return id;
    }
}
