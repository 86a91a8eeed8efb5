using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Spiffe.Authority;

/// <summary>
/// The private key of an authority: EC P-256 where it was made here; elsewhere people use others, with which leaves of EC P-256 can be signed as well.
/// Whoever makes or imports it disposes it; for one thread at a time.
/// </summary>
internal sealed class AuthorityKey : IDisposable
{
    public const string Expected = "an EC key (P-256, P-384 or P-521) or an RSA key of 2048 to 8192 bits in PKCS#8";

    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 8192;

    private readonly AsymmetricAlgorithm _key;

    private AuthorityKey(AsymmetricAlgorithm key, X509SignatureGenerator generator, HashAlgorithmName hash) => (_key, Generator, Hash) = (key, generator, hash);

    public X509SignatureGenerator Generator { get; }

    /// <summary>What its signatures are made over: for a curve the hash that RFC 8446, section 4.2.3, pairs it with.</summary>
    public HashAlgorithmName Hash { get; }

    public PublicKey PublicKey => Generator.PublicKey;

    public static AuthorityKey Create() => Of(EcKey.Create(), HashAlgorithmName.SHA256);

    /// <summary>The key of a PKCS#8 structure with nothing after it, or null when it is anything else than <see cref="Expected"/>.</summary>
    public static AuthorityKey? Import(ReadOnlySpan<byte> pkcs8) => ImportEc(pkcs8) ?? ImportRsa(pkcs8);

    public byte[] ExportPkcs8() => _key.ExportPkcs8PrivateKey();

    public void Dispose() => _key.Dispose();

    private static AuthorityKey? ImportEc(ReadOnlySpan<byte> pkcs8)
    {
        var key = ECDsa.Create();
        if (Pkcs8.TryImport(key, pkcs8) && HashOf(key) is { } hash)
        {
            return Of(key, hash);
        }

        key.Dispose();
        return null;
    }

    private static AuthorityKey? ImportRsa(ReadOnlySpan<byte> pkcs8)
    {
        var key = RSA.Create();
        if (Pkcs8.TryImport(key, pkcs8) && key.KeySize is >= MinRsaBits and <= MaxRsaBits)
        {
            return new AuthorityKey(key, X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1), HashAlgorithmName.SHA256);
        }

        key.Dispose();
        return null;
    }

    private static AuthorityKey Of(ECDsa key, HashAlgorithmName hash) => new(key, X509SignatureGenerator.CreateForECDsa(key), hash);

    /// <summary>Null for a curve that TLS peers need not know.</summary>
    private static HashAlgorithmName? HashOf(ECDsa key) => EcKey.CurveOf(key) switch
    {
        EcKey.P256Oid => HashAlgorithmName.SHA256,
        EcKey.P384Oid => HashAlgorithmName.SHA384,
        EcKey.P521Oid => HashAlgorithmName.SHA512,
        _ => null,
    };
}
