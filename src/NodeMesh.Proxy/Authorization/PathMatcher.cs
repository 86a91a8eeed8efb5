using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>A list of paths: texts, patterns and templates. Immutable, matching allocates nothing.</summary>
internal sealed class PathMatcher : IBytesMatcher
{
    private readonly BytesMatcher _patterns;
    private readonly PathTemplate[] _templates;

    internal PathMatcher(ValueList<string> paths)
    {
        _patterns = new BytesMatcher(paths.AsEnumerable().Where(path => !PathTemplate.IsTemplate(path)).Select(Pattern).ToValueList());
        _templates = [.. paths.AsEnumerable().Where(PathTemplate.IsTemplate).Select(PathTemplate.Compile)];
    }

    public bool IsEmpty => _patterns.IsEmpty && _templates.Length == 0;

    public bool Matches(ReadOnlySpan<byte> path)
    {
        if (_patterns.Matches(path))
        {
            return true;
        }

        foreach (var template in _templates)
        {
            if (template.Matches(path))
            {
                return true;
            }
        }

        return false;
    }

    private static StringPattern Pattern(string text) => StringPattern.TryParse(text, out var pattern)
        ? pattern
        : throw new ArgumentException($"{text} is no pattern; it should have been refused when it was read", nameof(text));
}
