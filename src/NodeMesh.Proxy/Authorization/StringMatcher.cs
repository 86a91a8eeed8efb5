using System.Collections.Frozen;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>A list of string patterns, compiled: exact ones by hash, the rest in turn. Matches when one pattern does. Immutable.</summary>
internal sealed class StringMatcher
{
    private readonly FrozenSet<string> _exact;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly StringPattern[] _others;

    internal StringMatcher(ValueList<StringPattern> patterns)
    {
        var all = patterns.AsEnumerable();
        _exact = all.Where(p => p.Kind == StringPatternKind.Exact).Select(p => p.Text).ToFrozenSet(StringComparer.Ordinal);
        _lookup = _exact.GetAlternateLookup<ReadOnlySpan<char>>();
        _others = [.. all.Where(p => p.Kind != StringPatternKind.Exact)];
        Text = patterns.ToString();
    }

    internal bool IsEmpty => _exact.Count == 0 && _others.Length == 0;

    /// <summary>The patterns as the operator wrote them.</summary>
    internal string Text { get; }

    /// <param name="value">The empty one stands for "not known" and matches nothing.</param>
    internal bool Matches(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty)
        {
            return false;
        }

        if (_lookup.Contains(value))
        {
            return true;
        }

        foreach (var pattern in _others)
        {
            if (pattern.Matches(value))
            {
                return true;
            }
        }

        return false;
    }
}
