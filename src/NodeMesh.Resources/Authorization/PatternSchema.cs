using NodeMesh.Resources.Schema;
using NodeMesh.Spiffe;

namespace NodeMesh.Resources.Authorization;

/// <summary>
/// The string patterns of an AuthorizationPolicy. A pattern that could never match (a principal without its scheme, a method in lower case)
/// is an error: in a DENY rule it would silently let everybody in.
/// </summary>
internal static class PatternSchema
{
    private const string Scheme = "spiffe://";
    private const string Forms = "text, text*, *text or *";

    public static ScalarSchema<StringPattern> Any { get; } = Of(Forms, _ => null);

    public static ScalarSchema<StringPattern> Principal { get; } = Of($"a SPIFFE ID such as spiffe://example.org/ns/shop/sa/cart, or a pattern: {Forms}", ProblemOfPrincipal);

    public static ScalarSchema<StringPattern> Namespace { get; } = Of($"a namespace, or a pattern: {Forms}", ProblemOfNamespace);

    public static ScalarSchema<StringPattern> TrustDomain { get; } = Of($"a trust domain, or a pattern: {Forms}", ProblemOfTrustDomain);

    public static ScalarSchema<StringPattern> QualifiedServiceAccount { get; } = Of($"namespace/service-account, or a pattern: {Forms}", ProblemOfServiceAccount);

    public static ScalarSchema<StringPattern> Host { get; } = Of($"a host name without port, or a pattern: {Forms}", ProblemOfHost);

    public static ScalarSchema<StringPattern> Method { get; } = Of($"an HTTP method such as GET, or a pattern: {Forms}", ProblemOfMethod);

    public static ScalarSchema<ServiceAccountReference> ServiceAccount { get; } = new(
        ScalarForm.Text, "a service account: name, or namespace/name", TryParseServiceAccount, account => account.ToString());

    /// <summary>Paths stay text; their templates are compiled where requests are matched.</summary>
    public static ScalarSchema<string> Path { get; } = Scalars.Text(
        "a path beginning with '/': /a, /a*, */a, *, or a template with {*} for one segment and {**} for all that follow", IsPath);

    private static ScalarSchema<StringPattern> Of(string expected, Func<StringPattern, string?> problemOf)
    {
        bool TryParse(string text, out StringPattern value, out string? problem)
        {
            problem = null;
            if (!StringPattern.TryParse(text, out value))
            {
                problem = text.Length == 0 ? $"the text is empty; expected is {expected}" : "a star may stand only at the beginning or at the end";
                return false;
            }

            problem = problemOf(value);
            return problem is null;
        }

        return new ScalarSchema<StringPattern>(ScalarForm.Text, expected, TryParse, pattern => pattern.ToString());
    }

    private static string? ProblemOfPrincipal(StringPattern pattern)
    {
        switch (pattern.Kind)
        {
            case StringPatternKind.Exact or StringPatternKind.Prefix
                when !pattern.Text.StartsWith(Scheme, StringComparison.Ordinal) && !Scheme.StartsWith(pattern.Text, StringComparison.Ordinal):
                return $"principals are whole SPIFFE IDs; write {Scheme}{pattern}";
            case StringPatternKind.Exact:
                return !SpiffeId.TryParse(pattern.Text, out var id, out var error) ? error
                    : string.Equals(id.ToString(), pattern.Text, StringComparison.Ordinal) ? null
                    : $"SPIFFE IDs have their trust domain in lower case; write {id}";
            default:
                return null;
        }
    }

    private static string? ProblemOfNamespace(StringPattern pattern) =>
        pattern.Kind == StringPatternKind.Exact ? (DnsText.IsLabel(pattern.Text) ? null : $"a namespace is {Scalars.DnsLabel.Expected}")
        : pattern.Text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') ? null
        : "a namespace has only lower-case letters, digits and '-'";

    private static string? ProblemOfTrustDomain(StringPattern pattern) =>
        pattern.Text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.')
            ? null
            : "a trust domain has only lower-case letters, digits, '-', '_' and '.'";

    private static string? ProblemOfServiceAccount(StringPattern pattern) =>
        pattern.Kind == StringPatternKind.Exact && !(TryParseServiceAccount(pattern.Text, out var account, out _) && account.Namespace is not null)
            ? "write namespace/service-account"
            : null;

    private static string? ProblemOfHost(StringPattern pattern) =>
        pattern.Text.Any(c => c == '/' || char.IsWhiteSpace(c)) ? "a host name has neither '/' nor spaces"
        : pattern.Text.Contains(':', StringComparison.Ordinal) && !pattern.Text.StartsWith('[') ? "hosts are compared without port; write the host alone"
        : null;

    private static string? ProblemOfMethod(StringPattern pattern) =>
        pattern.Text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c is '-' or '_')
            ? null
            : $"methods are upper-case words; write {pattern.ToString().ToUpperInvariant()}";

    private static bool TryParseServiceAccount(string text, out ServiceAccountReference value, out string? problem)
    {
        problem = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        value = slash < 0 ? new ServiceAccountReference(null, text) : new ServiceAccountReference(text[..slash], text[(slash + 1)..]);
        return DnsText.IsLabel(value.Name) && (value.Namespace is null || DnsText.IsLabel(value.Namespace));
    }

    private static bool IsPath(string text)
    {
        if (text.AsSpan().ContainsAny('{', '}'))
        {
            var segments = text.Split('/');
            return segments[0].Length == 0
                && segments.SkipLast(1).All(segment => segment is "{*}" || !segment.AsSpan().ContainsAny("{}*"))
                && (segments[^1] is "{*}" or "{**}" || !segments[^1].AsSpan().ContainsAny("{}*"));
        }

        return StringPattern.TryParse(text, out var pattern)
            && (pattern.Kind is StringPatternKind.Suffix or StringPatternKind.Present || pattern.Text[0] == '/');
    }
}
