using System.Security.Cryptography;

namespace NodeMesh.Controller.Options;

/// <summary>Which certificate is meant, and no other: the SHA-256 of its DER. Immutable.</summary>
internal sealed record CertificateFingerprint
{
    public const string Expected = "the SHA-256 fingerprint of a certificate: \"sha256:\" and 64 hexadecimal digits, as openssl x509 -noout -fingerprint -sha256 prints them";

    private const string Prefix = "sha256:";
    private const int DigitsLength = SHA256.HashSizeInBytes * 2;
    private const int PairsLength = DigitsLength + SHA256.HashSizeInBytes - 1;

    private readonly string _digits;

    private CertificateFingerprint(string digits) => _digits = digits;

    public static CertificateFingerprint Of(ReadOnlySpan<byte> der) => new(Convert.ToHexStringLower(SHA256.HashData(der)));

    /// <summary>Takes upper and lower case, and colons between all pairs of digits or none.</summary>
    /// <param name="problem">What is wrong, where it looks like a fingerprint at all.</param>
    public static bool TryParse(string text, out CertificateFingerprint value, out string? problem)
    {
        (value, problem) = (null!, null);
        if (!text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var digits = text[Prefix.Length..];
        if (digits.Length == PairsLength && Enumerable.Range(0, PairsLength).All(place => (place % 3 == 2) == (digits[place] == ':')))
        {
            digits = digits.Replace(":", "", StringComparison.Ordinal);
        }

        if (digits.Length != DigitsLength || !digits.All(char.IsAsciiHexDigit))
        {
            problem = $"behind \"{Prefix}\" stand {DigitsLength} hexadecimal digits, with a colon between all pairs or without any; copy what openssl x509 -noout -fingerprint -sha256 prints";
            return false;
        }

        value = new CertificateFingerprint(digits.ToLowerInvariant());
        return true;
    }

    public override string ToString() => Prefix + _digits;
}
