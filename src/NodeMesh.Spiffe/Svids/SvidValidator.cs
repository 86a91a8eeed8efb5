using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Bundles;

namespace NodeMesh.Spiffe.Svids;

/// <summary>
/// Decides whether a peer is who its certificate chain says (X509-SVID, section 5). Only the authorities of the leaf's own trust domain count;
/// the system's trust store and the network are never asked. Immutable and safe on any thread; made anew for each snapshot of the bundles.
/// Runs once per handshake; keeps nothing between calls.
/// </summary>
public sealed class SvidValidator
{
    /// <summary>The most certificates a peer may send, leaf included. SPIRE's nested deployments send 4 at the deepest.</summary>
    public const int MaxChainLength = 8;

    /// <summary>The largest certificate, in bytes. The longest SPIFFE ID with an RSA-4096 key and signature is under 4 KiB.</summary>
    public const int MaxCertificateLength = 16 * 1024;

    private readonly TrustBundleSet _bundles;
    private readonly TimeProvider _time;

    public SvidValidator(TrustBundleSet bundles, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(bundles);
        ArgumentNullException.ThrowIfNull(time);
        _bundles = bundles;
        _time = time;
    }

    /// <summary>
    /// What a certificate in DER says whose it is, which nothing vouches for: for finding out which bundle to hold it against. Never throws, whatever the
    /// bytes.
    /// </summary>
    public static bool TryReadClaim(ReadOnlySpan<byte> leaf, [NotNullWhen(true)] out SpiffeId? id)
    {
        id = null;
        try
        {
            using var certificate = CertificateReader.Read(leaf);
            return LeafProfile.TryRead(certificate, out id, out _);
        }
        catch (Exception e) when (e is MalformedCertificateException or CryptographicException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Validates a chain for one identity: any other valid one is refused as <see cref="SvidFailure.UnexpectedIdentity"/>.</summary>
    public SvidValidation Validate(IReadOnlyList<ReadOnlyMemory<byte>> chain, SpiffeId expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        var result = Validate(chain);
        return result.IsValid && result.Id != expected
            ? SvidValidation.Refused(SvidFailure.UnexpectedIdentity, $"the peer is {result.Id}, but {expected} was expected")
            : result;
    }

    /// <summary>Validates a chain of DER certificates as a peer sent it, leaf first. Never throws, whatever the bytes.</summary>
    public SvidValidation Validate(IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        if (CheckBounds(chain) is { } refusal)
        {
            return refusal;
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            foreach (var der in chain)
            {
                certificates.Add(CertificateReader.Read(der.Span));
            }

            return Validate(certificates);
        }
        catch (MalformedCertificateException e)
        {
            var which = certificates.Count == 0 ? "the leaf" : $"certificate {certificates.Count} of the chain";
            return SvidValidation.Refused(
                SvidFailure.MalformedCertificate,
                certificates.Count < chain.Count ? $"{which} cannot be read: {e.Message}" : $"a certificate of the chain cannot be read: {e.Message}");
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            return SvidValidation.Refused(SvidFailure.MalformedCertificate, "the chain cannot be checked: " + e.Message);
        }
        finally
        {
            Dispose(certificates);
        }
    }

    private static SvidValidation? CheckBounds(IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        if (chain.Count == 0)
        {
            return SvidValidation.Refused(SvidFailure.NoCertificate, "the peer sent no certificate");
        }

        if (chain.Count > MaxChainLength)
        {
            return SvidValidation.Refused(
                SvidFailure.ChainTooLong, $"the peer sent {chain.Count} certificates; at most {MaxChainLength} are accepted");
        }

        for (var i = 0; i < chain.Count; i++)
        {
            if (chain[i].Length > MaxCertificateLength)
            {
                return SvidValidation.Refused(
                    SvidFailure.CertificateTooLarge,
                    $"certificate {i} of the chain is {chain[i].Length} bytes long; at most {MaxCertificateLength} are accepted");
            }
        }

        return null;
    }

    private SvidValidation Validate(X509Certificate2Collection certificates)
    {
        var leaf = certificates[0];
        if (!LeafProfile.TryRead(leaf, out var id, out var refusal))
        {
            return refusal;
        }

        if (!_bundles.TryGet(id.TrustDomain, out var bundle))
        {
            return SvidValidation.Refused(
                SvidFailure.UnknownTrustDomain, $"{id} is of the trust domain {id.TrustDomain}, for which there is no bundle here");
        }

        var now = _time.GetUtcNow();
        return CheckTime(leaf, now, id.ToString()) ?? BuildPath(certificates, id, bundle, now);
    }

    private static SvidValidation? CheckTime(X509Certificate2 certificate, DateTimeOffset now, string what)
    {
        var notBefore = new DateTimeOffset(certificate.NotBefore.ToUniversalTime());
        var notAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        if (now < notBefore)
        {
            return SvidValidation.Refused(
                SvidFailure.NotYetValid, $"the certificate of {what} is valid from {notBefore:u}, and it is {now:u}; compare the clocks of both machines");
        }

        // RFC 5280 section 4.1.2.5: valid through notAfter, inclusive, which is given in whole seconds. It may be
        // the last second of the year 9999, so nothing is added to it.
        return now - notAfter >= TimeSpan.FromSeconds(1)
            ? SvidValidation.Refused(SvidFailure.Expired, $"the certificate of {what} expired at {notAfter:u}, and it is {now:u}")
            : null;
    }

    private static SvidValidation BuildPath(X509Certificate2Collection certificates, SpiffeId id, TrustBundle bundle, DateTimeOffset now)
    {
        if (bundle.X509Authorities.Count == 0)
        {
            return SvidValidation.Refused(
                SvidFailure.UntrustedChain, $"the bundle of {bundle.TrustDomain} lists no authority: every SVID of it is revoked");
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(bundle.Roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        for (var i = 1; i < certificates.Count; i++)
        {
            chain.ChainPolicy.ExtraStore.Add(certificates[i]);
        }

        var trusted = chain.Build(certificates[0]);
        var path = new X509Certificate2Collection();
        foreach (var element in chain.ChainElements)
        {
            path.Add(element.Certificate);
        }

        try
        {
            return trusted ? CheckPath(path, id, bundle) : Explain(chain, path, id, now);
        }
        finally
        {
            Dispose(path);
        }
    }

    private static SvidValidation CheckPath(X509Certificate2Collection path, SpiffeId id, TrustBundle bundle)
    {
        if (path.Count < 2 || !bundle.Contains(path[^1].RawData))
        {
            return Untrusted(id, "the path does not end at an authority of the bundle");
        }

        var notAfter = path[0].NotAfter;
        foreach (var signer in path.Skip(1))
        {
            if (SigningProfile.Check(signer) is { } broken)
            {
                return Untrusted(id, $"the signing certificate {QuotedText.Of(signer.Subject)} cannot sign: {broken}");
            }

            notAfter = notAfter < signer.NotAfter ? notAfter : signer.NotAfter;
        }

        return SvidValidation.Valid(id, new DateTimeOffset(notAfter.ToUniversalTime()));
    }

    private static SvidValidation Explain(X509Chain chain, X509Certificate2Collection path, SpiffeId id, DateTimeOffset now)
    {
        var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        if (status == X509ChainStatusFlags.NotTimeValid)
        {
            foreach (var certificate in path)
            {
                if (CheckTime(certificate, now, "the authority " + QuotedText.Of(certificate.Subject)) is { } refusal)
                {
                    return refusal;
                }
            }
        }

        return Untrusted(id, status.ToString());
    }

    private static SvidValidation Untrusted(SpiffeId id, string why) => SvidValidation.Refused(
        SvidFailure.UntrustedChain,
        $"no valid path leads from {id} to an authority in the bundle of {id.TrustDomain} ({why}); is the bundle here the current one?");

    private static void Dispose(X509Certificate2Collection certificates)
    {
        foreach (var certificate in certificates)
        {
            certificate.Dispose();
        }
    }
}
