using System.Text;

namespace NodeMesh.Proxy.Authorization;

/// <summary>
/// A path with <c>{*}</c> for one segment, and <c>{**}</c> at its end for all that follows, be it nothing; a segment is at least one byte
/// that is no slash. Immutable, matching allocates nothing.
/// </summary>
internal sealed class PathTemplate
{
    private const string AnySegment = "{*}";
    private const string AnyRest = "{**}";

    // Null stands for any segment.
    private readonly byte[]?[] _segments;
    private readonly bool _takesRest;

    private PathTemplate(byte[]?[] segments, bool takesRest)
    {
        _segments = segments;
        _takesRest = takesRest;
    }

    internal static bool IsTemplate(string text) => text.Contains('{', StringComparison.Ordinal);

    /// <param name="text">Begins with a slash; was checked when it was read.</param>
    internal static PathTemplate Compile(string text)
    {
        string[] segments = [.. text.Split('/').Skip(1)];
        var takesRest = segments[^1] is AnyRest;
        var fixedCount = takesRest ? segments.Length - 1 : segments.Length;
        return new PathTemplate(
            [.. segments.Take(fixedCount).Select(segment => segment is AnySegment ? null : Encoding.UTF8.GetBytes(segment))], takesRest);
    }

    internal bool Matches(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path[0] != (byte)'/')
        {
            return false;
        }

        // What is left of the path, behind its slash; nothing of the kind once the last segment was read.
        var rest = path[1..];
        var isOver = false;
        foreach (var segment in _segments)
        {
            if (isOver)
            {
                return false;
            }

            var slash = rest.IndexOf((byte)'/');
            var found = slash < 0 ? rest : rest[..slash];
            if (segment is null ? found.IsEmpty : !found.SequenceEqual(segment))
            {
                return false;
            }

            isOver = slash < 0;
            rest = isOver ? default : rest[(slash + 1)..];
        }

        return _takesRest ? !isOver : isOver;
    }
}
