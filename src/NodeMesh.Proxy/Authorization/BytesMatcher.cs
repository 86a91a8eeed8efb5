using System.Text;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>
/// A list of string patterns, compiled for what requests carry: bytes. Exact ones are found by bisection, the rest tried in turn; matches
/// when one pattern does. Immutable, matching allocates nothing.
/// </summary>
internal sealed class BytesMatcher : IBytesMatcher
{
    private readonly byte[][] _exact;
    private readonly byte[][] _prefixes;
    private readonly byte[][] _suffixes;
    private readonly bool _ignoreCase;
    private readonly bool _matchesAll;

    /// <param name="patterns">Compared as UTF-8.</param>
    /// <param name="ignoreCase">ASCII letters are compared without case.</param>
    internal BytesMatcher(ValueList<StringPattern> patterns, bool ignoreCase = false)
    {
        _ignoreCase = ignoreCase;
        _exact = Texts(patterns, StringPatternKind.Exact);
        _prefixes = Texts(patterns, StringPatternKind.Prefix);
        _suffixes = Texts(patterns, StringPatternKind.Suffix);
        _matchesAll = patterns.AsEnumerable().Any(pattern => pattern.Kind == StringPatternKind.Present);
        IsEmpty = patterns.IsEmpty;
        Array.Sort(_exact, (left, right) => Compare(left, right));
    }

    public bool IsEmpty { get; }

    public bool Matches(ReadOnlySpan<byte> value)
    {
        if (_matchesAll || IsExact(value))
        {
            return true;
        }

        foreach (var prefix in _prefixes)
        {
            if (value.Length >= prefix.Length && Compare(prefix, value[..prefix.Length]) == 0)
            {
                return true;
            }
        }

        foreach (var suffix in _suffixes)
        {
            if (value.Length >= suffix.Length && Compare(suffix, value[^suffix.Length..]) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsExact(ReadOnlySpan<byte> value)
    {
        var low = 0;
        var high = _exact.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = Compare(_exact[middle], value);
            if (order == 0)
            {
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }

    /// <summary>Orders by length first. The pattern is in lower case already when case does not count.</summary>
    private int Compare(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> value)
    {
        if (pattern.Length != value.Length)
        {
            return pattern.Length - value.Length;
        }

        if (!_ignoreCase)
        {
            return pattern.SequenceCompareTo(value);
        }

        for (var i = 0; i < pattern.Length; i++)
        {
            var letter = value[i];
            var difference = pattern[i] - (letter is >= (byte)'A' and <= (byte)'Z' ? letter | 0x20 : letter);
            if (difference != 0)
            {
                return difference;
            }
        }

        return 0;
    }

    private byte[][] Texts(ValueList<StringPattern> patterns, StringPatternKind kind) =>
    [
        .. patterns.AsEnumerable()
            .Where(pattern => pattern.Kind == kind)
            .Select(pattern => Encoding.UTF8.GetBytes(_ignoreCase ? pattern.Text.ToLowerInvariant() : pattern.Text)),
    ];
}
