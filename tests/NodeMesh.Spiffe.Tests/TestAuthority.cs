using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Bundles;

namespace NodeMesh.Spiffe.Tests;

/// <summary>An authority made straight from the platform's classes, so that it can also sign what ours would refuse.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static int _serial;

    private readonly ECDsa _key;

    private TestAuthority(X509Certificate2 certificate, ECDsa key)
    {
        Certificate = certificate;
        _key = key;
    }

    public static DateTimeOffset Now { get; } = new(2030, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public X509Certificate2 Certificate { get; }

    public static TestAuthority Root(string name = "root", DateTimeOffset? notAfter = null, bool keyUsage = true)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(name, key, keyUsage, isAuthority: true);
        using var certificate = request.CreateSelfSigned(Now.AddDays(-30), notAfter ?? Now.AddDays(300));
        return new TestAuthority(X509CertificateLoader.LoadCertificate(certificate.RawData), key);
    }

    public TestAuthority Issuing(
        string name = "issuing", DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null, bool keyUsage = true, bool isAuthority = true, string? uri = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(name, key, keyUsage, isAuthority);
        if (uri is not null)
        {
            request.CertificateExtensions.Add(LeafRecipe.San([uri], [], critical: false));
        }

        return new TestAuthority(Sign(request, notBefore ?? Now.AddDays(-20), notAfter ?? Now.AddDays(200)), key);
    }

    public byte[] Leaf(LeafRecipe recipe)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Leaf(recipe, key);
    }

    public byte[] Leaf(LeafRecipe recipe, ECDsa key)
    {
        var request = recipe.ToRequest(key);
        using var certificate = Sign(request, recipe.NotBefore, recipe.NotAfter);
        return certificate.RawData;
    }

    public TrustBundle Bundle(string trustDomain = "example.org") => new(TrustDomain.Parse(trustDomain), [Certificate.RawData]);

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static CertificateRequest Request(string name, ECDsa key, bool keyUsage, bool isAuthority)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        if (keyUsage)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        }

        return request;
    }

    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset notBefore, DateTimeOffset notAfter) => request.Create(
        Certificate.SubjectName,
        X509SignatureGenerator.CreateForECDsa(_key),
        notBefore,
        notAfter,
        BitConverter.GetBytes(Interlocked.Increment(ref _serial)));
}
