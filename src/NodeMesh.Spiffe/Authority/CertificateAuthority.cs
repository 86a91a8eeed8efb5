using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Files;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Authority;

/// <summary>
/// One signing certificate with its key: a self-signed root, or an issuing authority below one. Immutable and safe on any thread; each signature
/// imports the key anew, so nothing needs to be disposed.
/// </summary>
public sealed class CertificateAuthority
{
    /// <summary>The largest request that is looked at, in bytes.</summary>
    public const int MaxRequestLength = 16 * 1024;

    private readonly TimeProvider _time;
    private readonly byte[] _privateKey;
    private readonly ReadOnlyMemory<byte>[] _above;

    // Never disposed: it is shared by the threads that sign, and lives as long as the authority.
    private readonly X509Certificate2 _certificate;

    private CertificateAuthority(
        TrustDomain trustDomain,
        X509Certificate2 certificate,
        byte[] privateKey,
        ReadOnlyMemory<byte>[] above,
        CertificateAuthorityOptions options,
        TimeProvider time)
    {
        TrustDomain = trustDomain;
        Certificate = certificate.RawData;
        NotAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        IsRoot = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
        Options = options;
        _certificate = certificate;
        _privateKey = privateKey;
        _above = above;
        _time = time;
    }

    public TrustDomain TrustDomain { get; }

    /// <summary>The signing certificate in DER.</summary>
    public ReadOnlyMemory<byte> Certificate { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary>True when self-signed: its certificate belongs in the bundle, and is not sent along with leaves.</summary>
    public bool IsRoot { get; }

    public CertificateAuthorityOptions Options { get; }

    /// <summary>Makes a new self-signed root.</summary>
    public static CertificateAuthority CreateRoot(TrustDomain trustDomain, CertificateAuthorityOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        using var key = AuthorityKey.Create();
        var now = time.GetUtcNow();
        var template = new CertificateTemplate(trustDomain.Id, now - options.Backdate, now + options.RootLifetime);
        var name = CertificateTemplate.AuthorityName("root");
        using var certificate = template.SignAuthority(name, key.PublicKey, issuer: null, key, pathLength: 1);
        return Load(certificate.RawData, key.ExportPkcs8(), options, time);
    }

    /// <summary>Puts an authority together from DER.</summary>
    /// <param name="trustDomain">Whose authority it is to be; needed where the certificate names none, as those made elsewhere may do.</param>
    /// <param name="above">The certificates that go with each leaf beside this one: those between it and the root.</param>
    /// <exception cref="AuthorityException">The certificate cannot sign, is of no or another trust domain, or the key is not its own, or of no kind that is signed with.</exception>
    public static CertificateAuthority Load(
        ReadOnlySpan<byte> certificate,
        ReadOnlySpan<byte> privateKeyPkcs8,
        CertificateAuthorityOptions options,
        TimeProvider time,
        TrustDomain? trustDomain = null,
        IEnumerable<ReadOnlyMemory<byte>>? above = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        try
        {
            var parsed = CertificateReader.Read(certificate);
            if (SigningProfile.Check(parsed) is { } broken)
            {
                throw new AuthorityException($"the certificate {QuotedText.Of(parsed.Subject)} is no signing certificate: {broken}");
            }

            var named = SigningProfile.ReadId(parsed)?.TrustDomain;
            var own = trustDomain ?? named
                ?? throw new AuthorityException($"the certificate {QuotedText.Of(parsed.Subject)} names no trust domain; it needs one URI SAN spiffe://<trust domain>");
            if (named is not null && named != own)
            {
                throw new AuthorityException($"the certificate {QuotedText.Of(parsed.Subject)} is of the trust domain {named}, not of {own}");
            }

            using var key = AuthorityKey.Import(privateKeyPkcs8) ?? throw new AuthorityException($"the private key is not {AuthorityKey.Expected}");
            if (!key.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(parsed.PublicKey.ExportSubjectPublicKeyInfo()))
            {
                throw new AuthorityException("the private key does not belong to the certificate");
            }

            return new CertificateAuthority(own, parsed, privateKeyPkcs8.ToArray(), above?.ToArray() ?? [], options, time);
        }
        catch (MalformedCertificateException e)
        {
            throw new AuthorityException("the certificate cannot be read: " + e.Message);
        }
    }

    /// <summary>Makes an issuing authority below this root. It ends with the root at the latest.</summary>
    /// <exception cref="AuthorityException">This is not a root, or it has expired.</exception>
    public CertificateAuthority CreateIssuing()
    {
        if (!IsRoot)
        {
            throw new AuthorityException("only a root makes issuing authorities");
        }

        using var key = AuthorityKey.Create();
        using var issuerKey = OpenKey();
        var template = MakeTemplate(TrustDomain.Id, Options.IssuingLifetime);
        using var certificate = template.SignAuthority(
            CertificateTemplate.AuthorityName("issuing"), key.PublicKey, _certificate, issuerKey, pathLength: 0);
        return Load(certificate.RawData, key.ExportPkcs8(), Options, _time);
    }

    /// <summary>
    /// Signs a PKCS#10 request (DER) for exactly the identity that the requester is allowed: the request must prove possession of an EC P-256
    /// key and ask for that SPIFFE ID and no other name. Nothing else of the request reaches the certificate. The result is the chain in DER, leaf
    /// first, without the root. The leaf ends with this authority at the latest.
    /// </summary>
    /// <exception cref="CertificateRequestRefusedException">The request breaks one of these rules.</exception>
    /// <exception cref="AuthorityException">The authority has expired, or the identity is none it may sign.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Sign(ReadOnlySpan<byte> requestDer, SpiffeId allowed, TimeSpan? lifetime = null)
    {
        ArgumentNullException.ThrowIfNull(allowed);
        if (!allowed.IsMemberOf(TrustDomain) || allowed.IsTrustDomain)
        {
            throw new AuthorityException($"{allowed} cannot be signed here; an ID with a path in {TrustDomain.Id} can");
        }

        if (lifetime is { } wanted && wanted <= TimeSpan.Zero)
        {
            throw new AuthorityException($"the lifetime {wanted} is not positive");
        }

        var publicKey = SigningRequestReader.Read(requestDer, allowed);
        using var key = OpenKey();
        using var leaf = MakeTemplate(allowed, lifetime ?? Options.LeafLifetime).SignLeaf(publicKey, _certificate, key);
        return IsRoot ? [leaf.RawData] : [leaf.RawData, Certificate, .. _above];
    }

    internal void Save(string certificatePath, string keyPath)
    {
        AtomicFile.WriteText(keyPath, Pem.WritePrivateKey(_privateKey), AtomicFile.OwnerOnly);
        AtomicFile.WriteText(certificatePath, Pem.WriteCertificates([Certificate]), AtomicFile.WorldReadable);
    }

    private CertificateTemplate MakeTemplate(SpiffeId id, TimeSpan lifetime)
    {
        var now = _time.GetUtcNow();
        if (now >= NotAfter)
        {
            throw new AuthorityException($"the authority {QuotedText.Of(_certificate.Subject)} of {TrustDomain} expired at {NotAfter:u}");
        }

        var notAfter = lifetime < NotAfter - now ? now + lifetime : NotAfter;
        return new CertificateTemplate(id, now - Options.Backdate, notAfter);
    }

    private AuthorityKey OpenKey() => AuthorityKey.Import(_privateKey) ?? throw new AuthorityException("the authority's private key cannot be used");
}
