using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Bundles;

/// <summary>
/// The authorities of one trust domain (SPIFFE Trust Domain and Bundle, section 4). Immutable and safe on any thread; replaced whole when a newer
/// one comes. A bundle without authorities is legal and revokes everything.
/// </summary>
public sealed class TrustBundle
{
    /// <summary>How often to look for a newer bundle when the publisher does not say (SPIFFE Federation, section 5.3).</summary>
    public static readonly TimeSpan DefaultRefreshHint = TimeSpan.FromMinutes(5);

    private readonly ReadOnlyMemory<byte>[] _authorities;

    /// <exception cref="TrustBundleFormatException">An authority is not a signing certificate.</exception>
    public TrustBundle(
        TrustDomain trustDomain,
        IEnumerable<ReadOnlyMemory<byte>> x509Authorities,
        ulong? sequence = null,
        TimeSpan? refreshHint = null,
        IEnumerable<JwtAuthority>? jwtAuthorities = null)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        ArgumentNullException.ThrowIfNull(x509Authorities);
        TrustDomain = trustDomain;
        Sequence = sequence;
        RefreshHint = refreshHint;
        JwtAuthorities = jwtAuthorities?.ToArray() ?? [];

        var authorities = new List<ReadOnlyMemory<byte>>();
        foreach (var der in x509Authorities)
        {
            if (authorities.TrueForAll(known => !known.Span.SequenceEqual(der.Span)))
            {
                Roots.Add(ReadAuthority(der.Span, authorities.Count));
                authorities.Add(der.ToArray());
            }
        }

        _authorities = [.. authorities];
    }

    public TrustDomain TrustDomain { get; }

    /// <summary>Grows with every change of the content; null when the publisher does not count.</summary>
    public ulong? Sequence { get; }

    /// <summary>How often the publisher wants to be asked; null when it does not say, see <see cref="DefaultRefreshHint"/>.</summary>
    public TimeSpan? RefreshHint { get; }

    /// <summary>The CA certificates in DER, each once.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> X509Authorities => _authorities;

    public IReadOnlyList<JwtAuthority> JwtAuthorities { get; }

    /// <summary>The authorities as the chain builder takes them. Shared and never disposed: validators of any thread read them.</summary>
    internal X509Certificate2Collection Roots { get; } = [];

    /// <summary>Reads a bundle document (UTF-8 JSON).</summary>
    /// <exception cref="TrustBundleFormatException">It is not one.</exception>
    public static TrustBundle Parse(TrustDomain trustDomain, ReadOnlyMemory<byte> utf8Json) => TrustBundleReader.Read(trustDomain, utf8Json);

    /// <summary>The bundle document (UTF-8 JSON), as <see cref="Parse"/> reads it.</summary>
    public byte[] ToJson() => TrustBundleWriter.Write(this);

    internal bool Contains(ReadOnlySpan<byte> der)
    {
        foreach (var authority in _authorities)
        {
            if (authority.Span.SequenceEqual(der))
            {
                return true;
            }
        }

        return false;
    }

    // A JWK can express no other keys (RFC 7518, section 6), so a bundle with one could be read but never written.
    private static bool HasWritableKey(X509Certificate2 certificate)
    {
        try
        {
            using AsymmetricAlgorithm? key = certificate.PublicKey.Oid.Value switch
            {
                TrustBundleWriter.EcOid => certificate.GetECDsaPublicKey(),
                TrustBundleWriter.RsaOid => certificate.GetRSAPublicKey(),
                _ => null,
            };
            return key is not null;
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            // A curve this platform does not know, or a point off it.
            return false;
        }
    }

    private static X509Certificate2 ReadAuthority(ReadOnlySpan<byte> der, int index)
    {
        try
        {
            var certificate = CertificateReader.Read(der);
            if (SigningProfile.Check(certificate) is { } broken)
            {
                throw new TrustBundleFormatException($"the X.509 authority {index} ({QuotedText.Of(certificate.Subject)}) cannot sign SVIDs: {broken}");
            }

            if (!HasWritableKey(certificate))
            {
                throw new TrustBundleFormatException($"the X.509 authority {index} ({QuotedText.Of(certificate.Subject)}) has neither a known EC nor an RSA key");
            }

            return certificate;
        }
        catch (MalformedCertificateException e)
        {
            throw new TrustBundleFormatException($"the X.509 authority {index} cannot be read: {e.Message}");
        }
    }
}
