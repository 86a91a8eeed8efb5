namespace NodeMesh.Resources.Authorization;

/// <summary>A string of an AuthorizationPolicy: <c>abc</c>, <c>abc*</c>, <c>*abc</c> or <c>*</c>.</summary>
/// <param name="Kind">How <paramref name="Text"/> is compared.</param>
/// <param name="Text">The text without its star.</param>
public readonly record struct StringPattern(StringPatternKind Kind, string Text)
{
    /// <summary>Reads a pattern; a star anywhere but at one end is refused.</summary>
    public static bool TryParse(string text, out StringPattern pattern)
    {
        pattern = text switch
        {
            "*" => new StringPattern(StringPatternKind.Present, ""),
            [.. var prefix, '*'] => new StringPattern(StringPatternKind.Prefix, prefix),
            ['*', .. var suffix] => new StringPattern(StringPatternKind.Suffix, suffix),
            _ => new StringPattern(StringPatternKind.Exact, text),
        };
        return text.Length > 0 && !pattern.Text.Contains('*', StringComparison.Ordinal);
    }

    /// <summary>True when the value matches. An empty value stands for "not present" and matches no pattern.</summary>
    public bool Matches(ReadOnlySpan<char> value, StringComparison comparison = StringComparison.Ordinal) => !value.IsEmpty && Kind switch
    {
        StringPatternKind.Exact => value.Equals(Text, comparison),
        StringPatternKind.Prefix => value.StartsWith(Text, comparison),
        StringPatternKind.Suffix => value.EndsWith(Text, comparison),
        _ => true,
    };

    public override string ToString() => Kind switch
    {
        StringPatternKind.Exact => Text,
        StringPatternKind.Prefix => Text + "*",
        StringPatternKind.Suffix => "*" + Text,
        _ => "*",
    };
}
