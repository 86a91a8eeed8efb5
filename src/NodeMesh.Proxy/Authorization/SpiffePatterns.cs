using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>
/// Brings patterns for SPIFFE IDs into the canonical form of the IDs they are compared with: scheme and trust domain in lower case
/// (SPIFFE-ID, section 2.1).
/// </summary>
internal static class SpiffePatterns
{
    private const string Scheme = "spiffe://";

    internal static ValueList<StringPattern> Canonical(ValueList<StringPattern> patterns) => patterns.AsEnumerable().Select(Canonical).ToValueList();

    private static StringPattern Canonical(StringPattern pattern)
    {
        // A suffix says nothing about where the trust domain ends, so only texts that begin with the scheme can be lowered.
        if (pattern.Kind == StringPatternKind.Suffix || !pattern.Text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return pattern;
        }

        var path = pattern.Text.IndexOf('/', Scheme.Length);
        var authority = path < 0 ? pattern.Text : pattern.Text[..path];
        return pattern with { Text = authority.ToLowerInvariant() + (path < 0 ? string.Empty : pattern.Text[path..]) };
    }
}
