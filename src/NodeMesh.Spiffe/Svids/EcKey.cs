using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NodeMesh.Spiffe.Svids;

/// <summary>EC P-256 keys, the only kind this mesh makes, and signs for. Stateless.</summary>
internal static class EcKey
{
    internal const string P256Oid = "1.2.840.10045.3.1.7";
    internal const string P384Oid = "1.3.132.0.34";
    internal const string P521Oid = "1.3.132.0.35";

    internal static ECDsa Create() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The key of a PKCS#8 structure with nothing after it, or null when it is anything else than EC P-256. The caller disposes it.</summary>
    internal static ECDsa? Import(ReadOnlySpan<byte> pkcs8)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out var length);
            if (length == pkcs8.Length && IsP256(key))
            {
                return key;
            }
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            // Not EC, not PKCS#8, a point off the curve or a curve nobody knows: the caller is told that it is not such a key.
        }

        key.Dispose();
        return null;
    }

    internal static bool IsP256(PublicKey publicKey)
    {
        try
        {
            using var key = publicKey.GetECDsaPublicKey();
            return key is not null && IsP256(key);
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            // A point off the curve or unknown parameters: not such a key.
            return false;
        }
    }

    private static bool IsP256(ECDsa key) =>
        key.KeySize == 256 && string.Equals(key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value, P256Oid, StringComparison.Ordinal);
}
