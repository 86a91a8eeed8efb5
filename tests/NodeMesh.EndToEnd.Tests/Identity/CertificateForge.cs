using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.EndToEnd.Tests.Mesh;

namespace NodeMesh.EndToEnd.Tests.Identity;

/// <summary>Certificates that the authority would never issue, signed with its key (or another's), by .NET alone.</summary>
internal sealed class CertificateForge(TestAuthority authority) : IDisposable
{
    private readonly X509Certificate2 _issuing = authority.LoadIssuing();

    /// <summary>The chain to show with a forged leaf.</summary>
    public X509Certificate2 Issuing => _issuing;

    public X509Certificate2 Make(IReadOnlyList<string> uris, TimeSpan? from = null, TimeSpan? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=forged", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_issuing, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (uris.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var uri in uris)
            {
                names.AddUri(new Uri(uri));
            }

            request.CertificateExtensions.Add(names.Build());
        }

        using var issuingKey = _issuing.GetECDsaPrivateKey() ?? throw new InvalidOperationException("The issuing authority has no EC key.");
        var now = DateTimeOffset.UtcNow;
        using var leaf = request.Create(
            _issuing.SubjectName,
            X509SignatureGenerator.CreateForECDsa(issuingKey),
            now + (from ?? TimeSpan.FromMinutes(-1)),
            now + (until ?? TimeSpan.FromHours(1)),
            RandomNumberGenerator.GetBytes(16).Select((value, i) => i == 0 ? (byte)(value & 0x7F | 1) : value).ToArray());
        return leaf.CopyWithPrivateKey(key);
    }

    public void Dispose() => _issuing.Dispose();
}
