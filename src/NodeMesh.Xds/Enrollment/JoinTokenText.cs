using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace NodeMesh.Xds.Enrollment;

/// <summary>
/// A join token as an operator carries it to a machine: a secret for the controller, and the fingerprint of its root for the node, so that each proves
/// itself to the other: <c>nmj1.SECRET.FINGERPRINT</c>, both base64url of 32 bytes.
/// </summary>
public static class JoinTokenText
{
    private const string Prefix = "nmj1";
    private const int Length = 32;

    /// <param name="root">The certificate of the trust domain's root, in DER.</param>
    public static (string Text, string Hash) Create(ReadOnlySpan<byte> root)
    {
        Span<byte> secret = stackalloc byte[Length];
        RandomNumberGenerator.Fill(secret);
        var fingerprint = Base64Url.EncodeToString(SHA256.HashData(root));
        return ($"{Prefix}.{Base64Url.EncodeToString(secret)}.{fingerprint}", HashOf(secret));
    }

    /// <summary>What a node reads of a token; false where the text is none.</summary>
    /// <param name="secret">To be shown to the controller, once that has proved itself.</param>
    /// <param name="fingerprint">SHA-256 of the root that the controller must prove itself with.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out string? secret, [NotNullWhen(true)] out byte[]? fingerprint)
    {
        (secret, fingerprint) = (null, null);
        var parts = text.Split('.');
        if (parts is not [Prefix, var first, var second] || !TryHash(first, out _))
        {
            return false;
        }

        var bytes = new byte[Length];
        if (!TryDecode(second, bytes))
        {
            return false;
        }

        (secret, fingerprint) = (first, bytes);
        return true;
    }

    /// <summary>The hash under which a token is kept; false where the text is no secret of a token.</summary>
    public static bool TryHash(string secret, [NotNullWhen(true)] out string? hash)
    {
        Span<byte> bytes = stackalloc byte[Length];
        hash = TryDecode(secret, bytes) ? HashOf(bytes) : null;
        return hash is not null;
    }

    private static bool TryDecode(string text, Span<byte> bytes) =>
        Base64Url.IsValid(text, out var length) && length == bytes.Length && Base64Url.TryDecodeFromChars(text, bytes, out _);

    private static string HashOf(ReadOnlySpan<byte> secret) => Convert.ToHexStringLower(SHA256.HashData(secret));
}
