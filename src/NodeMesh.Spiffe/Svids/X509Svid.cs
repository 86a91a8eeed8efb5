using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Files;

namespace NodeMesh.Spiffe.Svids;

/// <summary>
/// One identity ready for use: leaf, the certificates above it, and the private key (EC P-256). Immutable, holds no native handle, safe on any
/// thread. Whoever holds it can act as the identity, so it is never logged and its key is written only to files of mode 0600.
/// </summary>
public sealed class X509Svid
{
    private readonly ReadOnlyMemory<byte>[] _chain;
    private readonly byte[] _privateKey;

    private X509Svid(SpiffeId id, X509Certificate2 leaf, ReadOnlyMemory<byte>[] chain, byte[] privateKey)
    {
        Id = id;
        NotBefore = new DateTimeOffset(leaf.NotBefore.ToUniversalTime());
        NotAfter = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
        SerialNumber = leaf.SerialNumber;
        _chain = chain;
        _privateKey = privateKey;
    }

    public SpiffeId Id { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary>The leaf's serial number in hexadecimal, as <c>openssl x509 -serial</c> prints it.</summary>
    public string SerialNumber { get; }

    /// <summary>The certificates in DER, leaf first, as a peer is to receive them.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain => _chain;

    /// <summary>The leaf's private key as PKCS#8 DER, unencrypted.</summary>
    public ReadOnlyMemory<byte> PrivateKey => _privateKey;

    /// <summary>Puts an SVID together from DER and checks that it is one: the leaf's profile, the order of the chain, the key.</summary>
    /// <exception cref="X509SvidException">It is not; the message says why.</exception>
    public static X509Svid FromDer(IReadOnlyList<ReadOnlyMemory<byte>> chain, ReadOnlyMemory<byte> privateKeyPkcs8)
    {
        ArgumentNullException.ThrowIfNull(chain);
        if (chain.Count is 0 or > SvidValidator.MaxChainLength)
        {
            throw new X509SvidException($"the chain has {chain.Count} certificates; 1 to {SvidValidator.MaxChainLength} are expected, leaf first");
        }

        try
        {
            using var leaf = CertificateReader.Read(chain[0].Span);
            if (!LeafProfile.TryRead(leaf, out var id, out var refusal))
            {
                throw new X509SvidException($"{refusal.Detail} (is the leaf the first certificate?)");
            }

            CheckOrder(leaf, chain);
            CheckKey(leaf, privateKeyPkcs8.Span);
            var copies = chain.Select(c => (ReadOnlyMemory<byte>)c.ToArray()).ToArray();
            return new X509Svid(id, leaf, copies, privateKeyPkcs8.ToArray());
        }
        catch (MalformedCertificateException e)
        {
            throw new X509SvidException("a certificate cannot be read: " + e.Message);
        }
    }

    /// <summary>Reads a chain (PEM, leaf first) and its key (PEM, PKCS#8).</summary>
    /// <exception cref="X509SvidException">The content is not an SVID, or the key's permissions are wider than 0600.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static X509Svid Load(string certificatePath, string keyPath)
    {
        try
        {
            var chain = Pem.ReadCertificates(AtomicFile.Read(certificatePath, Pem.MaxFileLength));
            var key = Pem.ReadPrivateKey(AtomicFile.ReadPrivate(keyPath, Pem.MaxFileLength));
            return FromDer(chain, key);
        }
        catch (InvalidDataException e)
        {
            throw new X509SvidException(e.Message);
        }
    }

    /// <summary>Writes key (mode 0600) and chain (mode 0644), each atomically.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public void Save(string certificatePath, string keyPath)
    {
        AtomicFile.WriteText(keyPath, Pem.WritePrivateKey(_privateKey), AtomicFile.OwnerOnly);
        AtomicFile.WriteText(certificatePath, ChainToPem(), AtomicFile.WorldReadable);
    }

    /// <summary>The chain as PEM, leaf first, without the key.</summary>
    public string ChainToPem() => Pem.WriteCertificates(_chain);

    /// <summary>The identity and validity, never the key.</summary>
    public override string ToString() => $"{Id} ({NotBefore:u} to {NotAfter:u})";

    private static void CheckOrder(X509Certificate2 leaf, IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        var issuer = leaf.IssuerName.RawData;
        for (var i = 1; i < chain.Count; i++)
        {
            using var signer = CertificateReader.Read(chain[i].Span);
            if (!signer.SubjectName.RawData.AsSpan().SequenceEqual(issuer))
            {
                throw new X509SvidException(
                    $"certificate {i} of the chain, {QuotedText.Of(signer.Subject)}, did not issue the one before it; the order is leaf, its issuer, that one's issuer");
            }

            issuer = signer.IssuerName.RawData;
        }
    }

    private static void CheckKey(X509Certificate2 leaf, ReadOnlySpan<byte> privateKey)
    {
        using var key = EcKey.Import(privateKey) ?? throw new X509SvidException("the private key is not an EC P-256 key in PKCS#8");
        if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(leaf.PublicKey.ExportSubjectPublicKeyInfo()))
        {
            throw new X509SvidException("the private key does not belong to the leaf certificate");
        }
    }
}
