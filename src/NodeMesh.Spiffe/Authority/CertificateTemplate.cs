using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Spiffe.Authority;

/// <summary>The content of a certificate about to be signed, by the X509-SVID standard's profile for leaves and signing certificates. Stateless.</summary>
internal sealed record CertificateTemplate(SpiffeId Id, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    private const int SerialLength = 16;

    private static readonly OidCollection TlsPurposes = [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")];

    /// <summary>A name that no other authority has, so that a chain builder never takes one generation's certificate for another's.</summary>
    internal static X500DistinguishedName AuthorityName(string role)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddOrganizationName("NodeMesh");
        builder.AddCommonName($"{role} authority");
        builder.Add("2.5.4.5", Convert.ToHexStringLower(NewSerial()), System.Formats.Asn1.UniversalTagNumber.PrintableString);
        return builder.Build();
    }

    /// <summary>Signs a CA certificate; without <paramref name="issuer"/> a self-signed one. The caller disposes it.</summary>
    internal X509Certificate2 SignAuthority(X500DistinguishedName name, PublicKey publicKey, X509Certificate2? issuer, AuthorityKey issuerKey, int pathLength)
    {
        var request = new CertificateRequest(name, publicKey, issuerKey.Hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, hasPathLengthConstraint: true, pathLength, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(SubjectAltName.Create(Id, critical: false));
        return Sign(request, issuer, issuerKey, issuer?.SubjectName ?? name);
    }

    /// <summary>Signs a leaf certificate. The caller disposes it.</summary>
    internal X509Certificate2 SignLeaf(PublicKey publicKey, X509Certificate2 issuer, AuthorityKey issuerKey)
    {
        // No subject: the SPIFFE ID is the only name, and therefore the SAN is critical.
        var request = new CertificateRequest(new X500DistinguishedName(""), publicKey, issuerKey.Hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(TlsPurposes, critical: false));
        request.CertificateExtensions.Add(SubjectAltName.Create(Id, critical: true));
        return Sign(request, issuer, issuerKey, issuer.SubjectName);
    }

    private X509Certificate2 Sign(CertificateRequest request, X509Certificate2? issuer, AuthorityKey issuerKey, X500DistinguishedName issuerName)
    {
        var subjectKey = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        request.CertificateExtensions.Add(subjectKey);

        // An authority that was made elsewhere may have no key identifier: chains are built by names then.
        var issuerKeyId = issuer is null ? subjectKey : issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().SingleOrDefault();
        if (issuerKeyId is not null)
        {
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuerKeyId));
        }

        return request.Create(issuerName, issuerKey.Generator, NotBefore, NotAfter, NewSerial());
    }

    // 128 random bits, taken as an unsigned number, so positive (RFC 5280, section 4.1.2.2); zero would need luck beyond measure, but is not legal.
    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(SerialLength);
        serial[^1] |= 1;
        return serial;
    }
}
