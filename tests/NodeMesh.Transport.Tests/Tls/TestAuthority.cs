using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Transport.Tests.Tls;

/// <summary>
/// A certificate authority that signs anything, also what SPIFFE forbids, made of .NET's own CertificateRequest and so independent of ours.
/// </summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2[] _above;

    private TestAuthority(string trustDomain, X509Certificate2 certificate, X509Certificate2[] above)
    {
        TrustDomain = trustDomain;
        Certificate = certificate;
        _above = above;
    }

    public string TrustDomain { get; }

    public X509Certificate2 Certificate { get; }

    private HashAlgorithmName Hash => Certificate.GetECDsaPublicKey() is { } key ? HashFor(key) : HashAlgorithmName.SHA256;

    public X509Certificate2 Root => _above.Length > 0 ? _above[^1] : Certificate;

    /// <param name="key">Its own; P-256 by default.</param>
    public static TestAuthority Create(string trustDomain = "mesh.test", AsymmetricAlgorithm? key = null)
    {
        using var made = key is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        var own = key ?? made!;
        var request = SigningRequest(trustDomain, "root", own, HashFor(own));
        var now = DateTimeOffset.UtcNow;
        return new TestAuthority(trustDomain, request.CreateSelfSigned(now.AddDays(-30), now.AddDays(30)), []);
    }

    /// <summary>An authority that this one signs.</summary>
    public TestAuthority CreateIntermediate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = SigningRequest(TrustDomain, "intermediate", key, Hash);
        var now = DateTimeOffset.UtcNow;
        using var signed = request.Create(Certificate.SubjectName, SignatureGenerator(), now.AddDays(-20), now.AddDays(20), RandomNumberGenerator.GetBytes(16));
        return new TestAuthority(TrustDomain, signed.CopyWithPrivateKey(key), [Certificate, .. _above]);
    }

    /// <summary>A leaf with these URI SANs; its validity is relative to now.</summary>
    public TestLeaf Issue(string[] uris, TimeSpan? notBefore = null, TimeSpan? notAfter = null, AsymmetricAlgorithm? key = null)
    {
        var ownKey = key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = RequestOf("CN=leaf", ownKey, Hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        var names = new SubjectAlternativeNameBuilder();
        foreach (var uri in uris)
        {
            names.AddUri(new Uri(uri));
        }

        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var leaf = request.Create(
            Certificate.SubjectName,
            SignatureGenerator(),
            now + (notBefore ?? TimeSpan.FromMinutes(-1)),
            now + (notAfter ?? TimeSpan.FromHours(1)),
            RandomNumberGenerator.GetBytes(16));
        var issuers = _above.Length == 0 ? Array.Empty<X509Certificate2>() : [Certificate, .. _above[..^1]];
        return new TestLeaf(leaf.RawData, [.. issuers.Select(i => i.RawData)], ownKey.ExportPkcs8PrivateKey());
    }

    public TestLeaf Issue(string path) => Issue([$"spiffe://{TrustDomain}{path}"]);

    public void Dispose() => Certificate.Dispose();

    /// <param name="hash">Of the signature, which is the issuer's.</param>
    private static CertificateRequest RequestOf(string subject, AsymmetricAlgorithm key, HashAlgorithmName hash) => key is RSA rsa
        ? new CertificateRequest(subject, rsa, hash, RSASignaturePadding.Pkcs1)
        : new CertificateRequest(subject, (ECDsa)key, hash);

    private static HashAlgorithmName HashFor(AsymmetricAlgorithm key) => key switch
    {
        ECDsa { KeySize: 384 } => HashAlgorithmName.SHA384,
        ECDsa { KeySize: 521 } => HashAlgorithmName.SHA512,
        _ => HashAlgorithmName.SHA256,
    };

    private static CertificateRequest SigningRequest(string trustDomain, string name, AsymmetricAlgorithm key, HashAlgorithmName hash)
    {
        var request = RequestOf($"CN={name}, O={trustDomain}", key, hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri($"spiffe://{trustDomain}"));
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    private X509SignatureGenerator SignatureGenerator() => Certificate.GetRSAPrivateKey() is { } rsa
        ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
        : X509SignatureGenerator.CreateForECDsa(Certificate.GetECDsaPrivateKey()!);
}
