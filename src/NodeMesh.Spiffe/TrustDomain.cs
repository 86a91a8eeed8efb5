using System.Diagnostics.CodeAnalysis;

namespace NodeMesh.Spiffe;

/// <summary>
/// A SPIFFE trust domain name, normalised to lower case (SPIFFE-ID, section 2.1). An immutable value, equal by name, safe on any thread;
/// comparing two allocates nothing.
/// </summary>
public sealed class TrustDomain : IEquatable<TrustDomain>, IComparable<TrustDomain>
{
    /// <summary>The longest trust domain name, in bytes (SPIFFE-ID, section 2.3).</summary>
    public const int MaxLength = 255;

    private readonly int _hash;

    private TrustDomain(string name)
    {
        Name = name;
        _hash = string.GetHashCode(name, StringComparison.Ordinal);
        Id = SpiffeId.ForTrustDomain(this);
    }

    /// <summary>The name in lower case, without scheme: <c>example.org</c>.</summary>
    public string Name { get; }

    /// <summary>The ID of the trust domain itself, without a path: <c>spiffe://example.org</c>. Signing certificates carry it.</summary>
    public SpiffeId Id { get; }

    /// <summary>Reads a trust domain name such as <c>example.org</c>; upper case is accepted and normalised.</summary>
    /// <exception cref="SpiffeIdFormatException">The text breaks a rule of SPIFFE-ID section 2.1.</exception>
    public static TrustDomain Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var trustDomain, out var error) ? trustDomain : throw new SpiffeIdFormatException(error);

    /// <summary>As <see cref="Parse"/>, but tells the broken rule in <paramref name="error"/> instead of throwing.</summary>
    public static bool TryParse(
        ReadOnlySpan<char> text,
        [NotNullWhen(true)] out TrustDomain? trustDomain,
        [NotNullWhen(false)] out string? error)
    {
        trustDomain = null;
        if (text.IsEmpty)
        {
            error = "the trust domain is empty; a name such as example.org is needed";
            return false;
        }

        if (text.Length > MaxLength)
        {
            error = $"the trust domain {QuotedText.Of(text)} is {text.Length} characters long; at most {MaxLength} are allowed";
            return false;
        }

        foreach (var c in text)
        {
            if (!(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
            {
                error = $"the trust domain {QuotedText.Of(text)} holds {Describe(c)}; only letters, digits, '.', '-' and '_' are allowed";
                return false;
            }
        }

        trustDomain = new TrustDomain(Lower(text));
        error = null;
        return true;
    }

    public bool Equals(TrustDomain? other) =>
        ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && string.Equals(Name, other.Name, StringComparison.Ordinal));

    public override bool Equals(object? obj) => Equals(obj as TrustDomain);

    public override int GetHashCode() => _hash;

    public int CompareTo(TrustDomain? other) => string.CompareOrdinal(Name, other?.Name);

    /// <summary>The name, as <see cref="Name"/>.</summary>
    public override string ToString() => Name;

    public static bool operator ==(TrustDomain? left, TrustDomain? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(TrustDomain? left, TrustDomain? right) => !(left == right);

    public static bool operator <(TrustDomain? left, TrustDomain? right) => string.CompareOrdinal(left?.Name, right?.Name) < 0;

    public static bool operator <=(TrustDomain? left, TrustDomain? right) => string.CompareOrdinal(left?.Name, right?.Name) <= 0;

    public static bool operator >(TrustDomain? left, TrustDomain? right) => right < left;

    public static bool operator >=(TrustDomain? left, TrustDomain? right) => right <= left;

    internal static string Describe(char c) => c is >= ' ' and <= '~' ? $"'{c}'" : $"the character U+{(int)c:X4}";

    private static string Lower(ReadOnlySpan<char> text)
    {
        Span<char> lower = stackalloc char[MaxLength];
        var length = text.ToLowerInvariant(lower);
        return new string(lower[..length]);
    }
}
