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
        if (Pkcs8.TryImport(key, pkcs8) && IsP256(key))
        {
            return key;
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

    /// <summary>The object identifier of the key's curve; null where its parameters are spelled out instead (RFC 5480, section 2.1.1, forbids that).</summary>
    internal static string? CurveOf(ECDsa key) => key.ExportParameters(includePrivateParameters: false).Curve is { IsNamed: true, Oid.Value: { } oid } ? oid : null;

    private static bool IsP256(ECDsa key) => key.KeySize == 256 && string.Equals(CurveOf(key), P256Oid, StringComparison.Ordinal);
}
