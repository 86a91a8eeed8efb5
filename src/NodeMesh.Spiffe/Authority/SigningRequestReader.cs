using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Authority;

/// <summary>Reads and checks PKCS#10 requests of nodes. Whatever the bytes, only a refusal leaves it. Stateless.</summary>
internal static class SigningRequestReader
{
    /// <summary>The key to certify, once possession of it, its kind and the one name asked for are found right.</summary>
    /// <exception cref="CertificateRequestRefusedException">Anything is not.</exception>
    internal static PublicKey Read(ReadOnlySpan<byte> der, SpiffeId allowed)
    {
        if (der.Length > CertificateAuthority.MaxRequestLength)
        {
            throw new CertificateRequestRefusedException(
                $"the request is {der.Length} bytes long; at most {CertificateAuthority.MaxRequestLength} are accepted");
        }

        try
        {
            // The signature over the request, made with the key to certify, is checked here: proof of possession.
            var request = CertificateRequest.LoadSigningRequest(
                der, HashAlgorithmName.SHA256, out var length, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
            if (length != der.Length)
            {
                throw new CertificateRequestRefusedException("bytes follow the request");
            }

            if (!EcKey.IsP256(request.PublicKey))
            {
                throw new CertificateRequestRefusedException("the request's key is not an EC P-256 key, the only kind that is signed here");
            }

            CheckName(request, allowed);
            return request.PublicKey;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or MalformedCertificateException or NotSupportedException)
        {
            throw new CertificateRequestRefusedException("the request cannot be read or its signature is wrong: " + e.Message);
        }
    }

    private static void CheckName(CertificateRequest request, SpiffeId allowed)
    {
        var sans = request.CertificateExtensions
            .Where(e => string.Equals(e.Oid?.Value, SubjectAltName.Oid, StringComparison.Ordinal))
            .Select(e => CertificateReader.ReadSan(e.RawData))
            .ToList();
        if (sans is not [{ Uris: [var uri], Others: 0 }])
        {
            throw new CertificateRequestRefusedException($"the request must ask for exactly one name, the URI {allowed}");
        }

        if (!SpiffeId.TryParse(uri, out var asked, out var error))
        {
            throw new CertificateRequestRefusedException(error);
        }

        if (asked != allowed)
        {
            throw new CertificateRequestRefusedException($"the request asks for {asked}, but only {allowed} is allowed");
        }
    }
}
