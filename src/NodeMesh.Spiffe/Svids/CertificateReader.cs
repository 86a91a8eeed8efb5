using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Spiffe.Svids;

/// <summary>Reads certificates of unknown origin. Every failure to read is a <see cref="MalformedCertificateException"/>. Stateless.</summary>
internal static class CertificateReader
{
    private const int UriTag = 6;

    /// <summary>Exactly one DER certificate, with nothing after it. The caller disposes it.</summary>
    internal static X509Certificate2 Read(ReadOnlySpan<byte> der)
    {
        X509Certificate2? certificate = null;
        try
        {
            // The loader also takes PEM and PKCS#7; a peer sends DER and nothing else (RFC 8446, section 4.4.2).
            var tag = AsnDecoder.ReadEncodedValue(der, AsnEncodingRules.DER, out _, out _, out var length);
            if (tag != Asn1Tag.Sequence || length != der.Length)
            {
                throw new MalformedCertificateException("not one DER sequence");
            }

            certificate = X509CertificateLoader.LoadCertificate(der);
            DecodeLazyParts(certificate);
            return certificate;
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            certificate?.Dispose();
            throw new MalformedCertificateException(e.Message);
        }
    }

    /// <summary>The extension, or null. RFC 5280 section 4.2 allows one of each kind; two would let readers disagree on which counts.</summary>
    internal static X509Extension? Find(X509Certificate2 certificate, string oid)
    {
        X509Extension? found = null;
        foreach (var extension in certificate.Extensions)
        {
            if (!string.Equals(extension.Oid?.Value, oid, StringComparison.Ordinal))
            {
                continue;
            }

            if (found is not null)
            {
                throw new MalformedCertificateException($"the extension {oid} stands there twice");
            }

            found = extension;
        }

        return found;
    }

    /// <summary>Null when the certificate has no KeyUsage.</summary>
    internal static X509KeyUsageFlags? KeyUsage(X509Extension? extension)
    {
        try
        {
            return extension is null ? null : new X509KeyUsageExtension(extension, extension.Critical).KeyUsages;
        }
        catch (CryptographicException e)
        {
            throw new MalformedCertificateException("KeyUsage: " + e.Message);
        }
    }

    internal static bool IsAuthority(X509Extension? basicConstraints)
    {
        try
        {
            return basicConstraints is not null
                && new X509BasicConstraintsExtension(basicConstraints, basicConstraints.Critical).CertificateAuthority;
        }
        catch (CryptographicException e)
        {
            throw new MalformedCertificateException("BasicConstraints: " + e.Message);
        }
    }

    internal static bool HasPurposes(X509Extension extendedKeyUsage, params ReadOnlySpan<string> wanted)
    {
        try
        {
            var present = new X509EnhancedKeyUsageExtension(extendedKeyUsage, extendedKeyUsage.Critical).EnhancedKeyUsages;
            foreach (var oid in wanted)
            {
                if (!present.Cast<Oid>().Any(p => string.Equals(p.Value, oid, StringComparison.Ordinal)))
                {
                    return false;
                }
            }

            return true;
        }
        catch (CryptographicException e)
        {
            throw new MalformedCertificateException("ExtendedKeyUsage: " + e.Message);
        }
    }

    /// <summary>The URI names of a SubjectAltName (RFC 5280, section 4.2.1.6), and how many names of other kinds stand beside them.</summary>
    internal static (List<string> Uris, int Others) ReadSan(ReadOnlyMemory<byte> value)
    {
        try
        {
            var uris = new List<string>();
            var others = 0;
            var reader = new AsnReader(value, AsnEncodingRules.DER);
            var names = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            while (names.HasData)
            {
                var tag = names.PeekTag();
                if (tag.HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, UriTag)))
                {
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                }
                else
                {
                    names.ReadEncodedValue();
                    others++;
                }
            }

            return (uris, others);
        }
        catch (AsnContentException e)
        {
            throw new MalformedCertificateException("SubjectAltName: " + e.Message);
        }
    }

    // The platform decodes these at first use and throws then; here is the one place that expects it.
    private static void DecodeLazyParts(X509Certificate2 certificate)
    {
        _ = certificate.NotBefore;
        _ = certificate.NotAfter;
        _ = certificate.Subject;
        _ = certificate.IssuerName;
        _ = certificate.SerialNumber;
        _ = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        _ = certificate.Extensions.Count;
    }
}
