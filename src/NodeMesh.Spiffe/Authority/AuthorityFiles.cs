using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Files;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Authority;

/// <summary>
/// An issuing authority that was made elsewhere, as its files are at one moment: its certificate and those above it, its key, and the roots that peers are to
/// trust. Checked as a peer will check what it signs. Immutable, safe on any thread; files that are replaced are read anew.
/// </summary>
public sealed class AuthorityFiles
{
    private readonly CertificateAuthority _issuing;

    private AuthorityFiles(CertificateAuthority issuing, ReadOnlyMemory<byte> root, IReadOnlyList<ReadOnlyMemory<byte>> roots) =>
        (_issuing, Root, Roots) = (issuing, root, roots);

    /// <summary>The certificate that signs, in DER.</summary>
    public ReadOnlyMemory<byte> Issuing => _issuing.Certificate;

    /// <summary>The root above it, in DER.</summary>
    public ReadOnlyMemory<byte> Root { get; }

    /// <summary>All that peers are to trust, in DER; the root above among them.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Roots { get; }

    /// <param name="trustDomain">Whose identities it signs.</param>
    /// <param name="certificate">A file: the issuing certificate, then each that issued the one before it; the root may be left out.</param>
    /// <param name="key">A file: the issuing certificate's key.</param>
    /// <param name="roots">A file: one root or, while it is replaced, several.</param>
    /// <exception cref="AuthorityException">They cannot be used. The message names the file, and says what would be right.</exception>
    public static AuthorityFiles Load(
        TrustDomain trustDomain, string certificate, string key, string roots, CertificateAuthorityOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        var now = time.GetUtcNow();
        var chain = Read(certificate, path => Pem.ReadCertificates(AtomicFile.Read(path, Pem.MaxFileLength)));
        var privateKey = Read(key, path => Pem.ReadPrivateKey(AtomicFile.ReadPrivate(path, Pem.MaxFileLength)));
        var trusted = Read(roots, path => Pem.ReadCertificates(AtomicFile.Read(path, Pem.MaxFileLength)));
        var root = Guard(certificate, () => Path(certificate, chain, roots, trusted, now));
        var issuing = Guard($"{certificate} and {key}", () => CertificateAuthority.Load(
            chain[0].Span, privateKey, options, time, trustDomain, chain.Skip(1).Where(above => !above.Span.SequenceEqual(root.Span))));
        var files = new AuthorityFiles(issuing, root, trusted);
        files.TrySign(trustDomain, certificate, time);
        return files;
    }

    /// <summary>Signs a request for exactly this identity.</summary>
    /// <returns>Certificates in DER, leaf first.</returns>
    /// <exception cref="CertificateRequestRefusedException">The request is not for exactly this identity, or does not prove its key.</exception>
    /// <exception cref="AuthorityException">The authority has ended, or may not sign it.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Sign(ReadOnlyMemory<byte> request, SpiffeId id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _issuing.Sign(request.Span, id);
    }

    /// <summary>The root that the chain leads to, once each certificate of it is found to be able to sign below the next.</summary>
    private static ReadOnlyMemory<byte> Path(
        string file, List<ReadOnlyMemory<byte>> chain, string rootsFile, List<ReadOnlyMemory<byte>> roots, DateTimeOffset now)
    {
        foreach (var root in roots)
        {
            CheckOne(rootsFile, root, 0, now);
        }

        for (var i = 0; i < chain.Count; i++)
        {
            if (i > 0 && !IsIssuedBy(chain[i - 1], chain[i]))
            {
                throw new AuthorityException($"{file}: certificate {Number(i)} did not issue the one before it; the order is the one that signs, its issuer, that one's issuer");
            }

            CheckOne(file, chain[i], i, now);
        }

        if (roots.FirstOrDefault(root => root.Span.SequenceEqual(chain[^1].Span)) is { Length: > 0 } last)
        {
            return last;
        }

        var above = roots.FirstOrDefault(root => IsIssuedBy(chain[^1], root));
        if (above.Length == 0)
        {
            throw new AuthorityException(
                $"{file}: the last certificate was issued by {QuotedText.Of(IssuerOf(chain[^1]))}, which is not in {rootsFile}; add that root there, or what is missing between them here");
        }

        CheckOne(rootsFile, above, chain.Count, now);
        return above;
    }

    /// <param name="below">Signing certificates between this one and a leaf.</param>
    private static void CheckOne(string file, ReadOnlyMemory<byte> der, int below, DateTimeOffset now) => Guard(file, () =>
    {
        using var certificate = CertificateReader.Read(der.Span);
        var name = QuotedText.Of(certificate.Subject);
        if (SigningProfile.Check(certificate) is { } broken)
        {
            throw new AuthorityException($"the certificate {name} is no signing certificate: {broken}");
        }

        var (notBefore, notAfter) = (new DateTimeOffset(certificate.NotBefore.ToUniversalTime()), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
        if (now < notBefore || now >= notAfter)
        {
            throw new AuthorityException($"the certificate {name} is valid from {notBefore:u} to {notAfter:u}, and it is {now:u}");
        }

        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        return constraints.HasPathLengthConstraint && constraints.PathLengthConstraint < below
            ? throw new AuthorityException(
                $"the certificate {name} allows {constraints.PathLengthConstraint} signing certificates below it (path length), and there are {below}; it has to be issued anew with {below} or more")
            : true;
    });

    /// <summary>What peers will check is checked here, so that files that do not fit together are noticed by the operator and not by the mesh.</summary>
    private void TrySign(TrustDomain trustDomain, string file, TimeProvider time)
    {
        var request = CertificateSigningRequest.Create(MeshIds.Controller(trustDomain));
        var chain = Guard(file, () => Sign(request.Der, request.Id));
        var validation = new SvidValidator(new TrustBundleSet([new TrustBundle(trustDomain, Roots)]), time).Validate(chain, request.Id);
        if (!validation.IsValid)
        {
            throw new AuthorityException($"{file}: what it signs would not be accepted: {validation.Detail}");
        }
    }

    private static bool IsIssuedBy(ReadOnlyMemory<byte> below, ReadOnlyMemory<byte> above)
    {
        using var issuer = CertificateReader.Read(above.Span);
        using var issued = CertificateReader.Read(below.Span);
        return issued.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData);
    }

    private static string IssuerOf(ReadOnlyMemory<byte> der)
    {
        using var certificate = CertificateReader.Read(der.Span);
        return certificate.Issuer;
    }

    private static string Number(int index) => (index + 1).ToString(CultureInfo.InvariantCulture);

    private static T Read<T>(string path, Func<string, T> read) => Guard(path, () => read(path));

    private static T Guard<T>(string file, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception e) when (e is AuthorityException or MalformedCertificateException or IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            throw new AuthorityException(e.Message.Contains(file, StringComparison.Ordinal) ? e.Message : $"{file}: {e.Message}");
        }
    }
}
