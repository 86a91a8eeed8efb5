using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace NodeMesh.Resources;

/// <summary>
/// Labels or annotations: text by name, immutable, kept in ordinal order of the names and equal by content. Safe on any thread.
/// </summary>
public sealed class Labels : IReadOnlyDictionary<string, string>, IEquatable<Labels>
{
    private readonly SortedDictionary<string, string> _entries;

    public Labels(IEnumerable<KeyValuePair<string, string>> entries)
    {
        _entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in entries)
        {
            _entries.Add(name, value);
        }
    }

    public static Labels Empty { get; } = new([]);

    public int Count => _entries.Count;

    public IEnumerable<string> Keys => _entries.Keys;

    public IEnumerable<string> Values => _entries.Values;

    public string this[string key] => _entries[key];

    /// <summary>Labels of name and value pairs: <c>Labels.Of(("app", "cart"), ("version", "v2"))</c>.</summary>
    public static Labels Of(params ReadOnlySpan<(string Name, string Value)> entries)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in entries)
        {
            labels.Add(name, value);
        }

        return new Labels(labels);
    }

    /// <summary>True when every label of the selector stands here with the same value; an empty selector selects everything.</summary>
    public bool Match(Labels selector)
    {
        foreach (var (name, value) in selector._entries)
        {
            if (!_entries.TryGetValue(name, out var own) || !string.Equals(own, value, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    public bool ContainsKey(string key) => _entries.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value) => _entries.TryGetValue(key, out value);

    public bool Equals(Labels? other) => ReferenceEquals(this, other) || (other is not null && Count == other.Count && Match(other));

    public override bool Equals(object? obj) => Equals(obj as Labels);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (name, value) in _entries)
        {
            hash.Add(name, StringComparer.Ordinal);
            hash.Add(value, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <summary>As an operator writes a selector: <c>app=cart,version=v2</c>.</summary>
    public override string ToString() => string.Join(',', _entries.Select(e => $"{e.Key}={e.Value}"));

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
