using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Spiffe.Tests;

/// <summary>A leaf certificate that is right unless a test says otherwise; made without the code under test.</summary>
internal sealed record LeafRecipe
{
    public string[] Uris { get; init; } = ["spiffe://example.org/ns/shop/sa/cart"];

    public string[] DnsNames { get; init; } = [];

    public bool SanCritical { get; init; } = true;

    public string Subject { get; init; } = "";

    public bool? IsAuthority { get; init; } = false;

    public X509KeyUsageFlags? KeyUsage { get; init; } = X509KeyUsageFlags.DigitalSignature;

    public bool KeyUsageCritical { get; init; } = true;

    public string[]? Purposes { get; init; } = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];

    public DateTimeOffset NotBefore { get; init; } = TestAuthority.Now.AddMinutes(-1);

    public DateTimeOffset NotAfter { get; init; } = TestAuthority.Now.AddHours(24);

    public X509Extension? Extra { get; init; }

    public static X509Extension San(IEnumerable<string> uris, IEnumerable<string> dnsNames, bool critical)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var name in dnsNames)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));
            }

            foreach (var uri in uris)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, new Asn1Tag(TagClass.ContextSpecific, 6));
            }
        }

        return new X509Extension("2.5.29.17", writer.Encode(), critical);
    }

    public CertificateRequest ToRequest(ECDsa key)
    {
        var request = new CertificateRequest(new X500DistinguishedName(Subject), key, HashAlgorithmName.SHA256);
        var extensions = request.CertificateExtensions;
        if (IsAuthority is { } authority)
        {
            extensions.Add(new X509BasicConstraintsExtension(authority, false, 0, critical: true));
        }

        if (KeyUsage is { } usage)
        {
            extensions.Add(new X509KeyUsageExtension(usage, KeyUsageCritical));
        }

        if (Purposes is { } purposes)
        {
            var oids = new OidCollection();
            foreach (var purpose in purposes)
            {
                oids.Add(new Oid(purpose));
            }

            extensions.Add(new X509EnhancedKeyUsageExtension(oids, critical: false));
        }

        if (Uris.Length + DnsNames.Length > 0)
        {
            extensions.Add(San(Uris, DnsNames, SanCritical));
        }

        if (Extra is not null)
        {
            extensions.Add(Extra);
        }

        return request;
    }
}
