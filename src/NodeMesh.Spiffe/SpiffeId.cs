using System.Diagnostics.CodeAnalysis;

namespace NodeMesh.Spiffe;

/// <summary>
/// A SPIFFE ID: <c>spiffe://trust-domain/path</c> (SPIFFE-ID, section 2). Scheme and trust domain are normalised to lower case, the path is
/// kept and compared exactly. An immutable value, equal by its canonical text, safe on any thread; comparing two allocates nothing.
/// </summary>
public sealed class SpiffeId : IEquatable<SpiffeId>, IComparable<SpiffeId>
{
    /// <summary>The longest SPIFFE ID, in bytes, with scheme (SPIFFE-ID, section 2.3).</summary>
    public const int MaxLength = 2048;

    private const string Scheme = "spiffe://";

    private readonly string _text;
    private readonly int _hash;

    private SpiffeId(TrustDomain trustDomain, string path)
    {
        TrustDomain = trustDomain;
        Path = path;
        _text = string.Concat(Scheme, trustDomain.Name, path);
        _hash = string.GetHashCode(_text, StringComparison.Ordinal);
        (Namespace, ServiceAccount) = SplitWorkloadPath(path);
    }

    public TrustDomain TrustDomain { get; }

    /// <summary>The path with its leading slash, or empty for the ID of a trust domain itself.</summary>
    public string Path { get; }

    /// <summary>True when there is no path: the ID names the trust domain and its signing certificates, never a workload.</summary>
    public bool IsTrustDomain => Path.Length == 0;

    /// <summary>The <c>x</c> of a path that is exactly <c>/ns/x/sa/y</c>, else null.</summary>
    public string? Namespace { get; }

    /// <summary>The <c>y</c> of a path that is exactly <c>/ns/x/sa/y</c>, else null.</summary>
    public string? ServiceAccount { get; }

    /// <summary>Reads a SPIFFE ID.</summary>
    /// <exception cref="SpiffeIdFormatException">The text breaks a rule of SPIFFE-ID section 2.</exception>
    public static SpiffeId Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var id, out var error) ? id : throw new SpiffeIdFormatException(error);

    /// <summary>As <see cref="Parse"/>, but tells the broken rule in <paramref name="error"/> instead of throwing.</summary>
    public static bool TryParse(
        ReadOnlySpan<char> text,
        [NotNullWhen(true)] out SpiffeId? id,
        [NotNullWhen(false)] out string? error)
    {
        id = null;
        if (text.Length > MaxLength)
        {
            error = $"the SPIFFE ID {QuotedText.Of(text)} is {text.Length} characters long; at most {MaxLength} are allowed";
            return false;
        }

        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            error = $"{QuotedText.Of(text)} is not a SPIFFE ID; it must begin with {Scheme}, as in spiffe://example.org/ns/shop/sa/cart";
            return false;
        }

        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf('/');
        var path = slash < 0 ? [] : rest[slash..];
        if (!TrustDomain.TryParse(slash < 0 ? rest : rest[..slash], out var trustDomain, out error)
            || !IsValidPath(path, out error))
        {
            error = $"{QuotedText.Of(text)} is not a SPIFFE ID: {error}";
            return false;
        }

        id = path.IsEmpty ? trustDomain.Id : new SpiffeId(trustDomain, path.ToString());
        error = null;
        return true;
    }

    /// <summary>The ID of a workload: <c>spiffe://td/ns/namespace/sa/service-account</c>.</summary>
    /// <exception cref="SpiffeIdFormatException">A part is not a valid path segment, or the whole is too long.</exception>
    public static SpiffeId ForWorkload(TrustDomain trustDomain, string @namespace, string serviceAccount)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        ThrowUnlessSegment(@namespace, "namespace");
        ThrowUnlessSegment(serviceAccount, "service account");
        return FromPath(trustDomain, $"/ns/{@namespace}/sa/{serviceAccount}");
    }

    /// <summary>The ID with this path, which begins with a slash, or is empty for the trust domain's own ID.</summary>
    /// <exception cref="SpiffeIdFormatException">The path breaks a rule of SPIFFE-ID section 2.2, or the whole is too long.</exception>
    public static SpiffeId FromPath(TrustDomain trustDomain, string path)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        ArgumentNullException.ThrowIfNull(path);
        if (!IsValidPath(path, out var error))
        {
            throw new SpiffeIdFormatException(error);
        }

        if (Scheme.Length + trustDomain.Name.Length + path.Length > MaxLength)
        {
            throw new SpiffeIdFormatException($"the SPIFFE ID with the path {QuotedText.Of(path)} is longer than {MaxLength} characters");
        }

        return path.Length == 0 ? trustDomain.Id : new SpiffeId(trustDomain, path);
    }

    /// <summary>True when this ID belongs to the trust domain.</summary>
    public bool IsMemberOf(TrustDomain trustDomain) => TrustDomain.Equals(trustDomain);

    public bool Equals(SpiffeId? other) =>
        ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && string.Equals(_text, other._text, StringComparison.Ordinal));

    public override bool Equals(object? obj) => Equals(obj as SpiffeId);

    public override int GetHashCode() => _hash;

    public int CompareTo(SpiffeId? other) => string.CompareOrdinal(_text, other?._text);

    /// <summary>The canonical text, made once: the same string at every call.</summary>
    public override string ToString() => _text;

    public static bool operator ==(SpiffeId? left, SpiffeId? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(SpiffeId? left, SpiffeId? right) => !(left == right);

    public static bool operator <(SpiffeId? left, SpiffeId? right) => string.CompareOrdinal(left?._text, right?._text) < 0;

    public static bool operator <=(SpiffeId? left, SpiffeId? right) => string.CompareOrdinal(left?._text, right?._text) <= 0;

    public static bool operator >(SpiffeId? left, SpiffeId? right) => right < left;

    public static bool operator >=(SpiffeId? left, SpiffeId? right) => right <= left;

    // Called from the trust domain's constructor, once its name is set.
    internal static SpiffeId ForTrustDomain(TrustDomain trustDomain) => new(trustDomain, "");

    private static void ThrowUnlessSegment(string value, string what)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!IsValidSegment(value, out var error))
        {
            throw new SpiffeIdFormatException($"the {what} {QuotedText.Of(value)} cannot stand in a SPIFFE ID: {error}");
        }
    }

    private static bool IsValidPath(ReadOnlySpan<char> path, [NotNullWhen(false)] out string? error)
    {
        error = null;
        if (path.IsEmpty)
        {
            return true;
        }

        if (path[0] != '/')
        {
            error = "the path must begin with '/'";
            return false;
        }

        foreach (var range in path[1..].Split('/'))
        {
            if (!IsValidSegment(path[1..][range], out error))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsValidSegment(ReadOnlySpan<char> segment, [NotNullWhen(false)] out string? error)
    {
        if (segment.IsEmpty)
        {
            error = "the path has an empty segment; it must neither end with '/' nor hold '//'";
            return false;
        }

        if (segment is "." or "..")
        {
            error = "the path has a segment '.' or '..'";
            return false;
        }

        foreach (var c in segment)
        {
            if (!(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
            {
                error = $"the path holds {TrustDomain.Describe(c)}; only letters, digits, '.', '-' and '_' are allowed between slashes";
                return false;
            }
        }

        error = null;
        return true;
    }

    private static (string? Namespace, string? ServiceAccount) SplitWorkloadPath(string path)
    {
        if (!path.StartsWith("/ns/", StringComparison.Ordinal))
        {
            return default;
        }

        var parts = path.Split('/');
        return parts is ["", "ns", var ns, "sa", var account] ? (ns, account) : default;
    }
}
