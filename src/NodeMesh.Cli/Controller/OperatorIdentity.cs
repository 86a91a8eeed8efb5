using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Files;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Cli.Controller;

/// <summary>
/// What an operator shows to a controller: an SVID of the mesh, or another certificate that the controller's settings name. Lives as long as the client.
/// </summary>
/// <param name="Context">The certificate with its key, and those above it.</param>
/// <param name="TrustDomain">Null where the certificate has no SPIFFE ID.</param>
internal sealed record OperatorIdentity(SslStreamCertificateContext Context, TrustDomain? TrustDomain)
{
    private const int MaxFileBytes = 256 * 1024;

    /// <param name="path">Of certificate and key, without <c>.crt</c> and <c>.key</c>.</param>
    /// <exception cref="CliException">It cannot be used, or its time has not come or is over.</exception>
    public static OperatorIdentity Load(string path, TimeProvider time)
    {
        try
        {
            var chain = ReadChain(path + ".crt");
            var isSvid = SvidValidator.TryReadClaim(chain[0].RawData, out var id);

            // An SVID is held to more than that it can be read.
            var leaf = isSvid ? WithKey(X509Svid.Load(path + ".crt", path + ".key")) : WithKey(chain[0], path + ".key");
            CheckTime(leaf, $"the certificate {path}.crt of {(isSvid ? id!.ToString() : leaf.Subject)}", time.GetUtcNow());
            return new OperatorIdentity(SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true), id?.TrustDomain);
        }
        catch (Exception e) when (e is X509SvidException or InvalidDataException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be used as an identity: {e.Message}", "--identity names a certificate and its key, without .crt and .key");
        }
    }

    private static X509Certificate2Collection ReadChain(string path)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(Encoding.Latin1.GetString(AtomicFile.Read(path, MaxFileBytes)));
        return chain.Count > 0 ? chain : throw new InvalidDataException("no PEM certificate found; a line -----BEGIN CERTIFICATE----- is expected");
    }

    private static X509Certificate2 WithKey(X509Svid svid)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(svid.PrivateKey.Span, out _);
        using var leaf = X509CertificateLoader.LoadCertificate(svid.Chain[0].Span);
        return leaf.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 WithKey(X509Certificate2 leaf, string keyPath) =>
        X509Certificate2.CreateFromPem(leaf.ExportCertificatePem(), Encoding.Latin1.GetString(AtomicFile.ReadPrivate(keyPath, MaxFileBytes)));

    private static void CheckTime(X509Certificate2 leaf, string what, DateTimeOffset now)
    {
        var (begins, ends) = (new DateTimeOffset(leaf.NotBefore.ToUniversalTime()), new DateTimeOffset(leaf.NotAfter.ToUniversalTime()));
        if (now >= ends)
        {
            throw new CliException($"{what} ended at {ends:u}", "have a new one issued: nodemeshctl ca issue");
        }

        if (now < begins)
        {
            throw new CliException($"{what} is valid from {begins:u}, and it is {now:u}", "is the clock of this machine right?");
        }
    }
}
