using System.Security.Cryptography;

namespace NodeMesh.Spiffe.Svids;

/// <summary>Private keys as PKCS#8 (RFC 5958) has them. Stateless.</summary>
internal static class Pkcs8
{
    /// <summary>False when it is no key of this kind, or something stands behind it.</summary>
    internal static bool TryImport(AsymmetricAlgorithm key, ReadOnlySpan<byte> pkcs8)
    {
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out var length);
            return length == pkcs8.Length;
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            // Of another kind, no PKCS#8, a point off the curve or a curve nobody knows: the caller is told that it is not such a key.
            return false;
        }
    }
}
