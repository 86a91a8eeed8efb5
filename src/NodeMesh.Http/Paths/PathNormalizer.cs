using System.Buffers;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Paths;

/// <summary>
/// Gives the paths that mean the same one spelling (RFC 3986, 6.2.2): unreserved characters are decoded, escapes upper-cased, dot segments
/// removed, encoded ones too. Idempotent. The query is left as it is. What comes out is what is routed, authorised and forwarded. Any thread.
/// </summary>
public static class PathNormalizer
{
    private const int OnStack = 512;

    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Normalises <c>:path</c> of a request where it stands; a request without one is unchanged. Allocates nothing.</summary>
    public static PathOutcome Normalize(HeaderList request, PathOptions options)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        int index = request.IndexOf(KnownHeader.Path);
        if (index < 0)
        {
            return PathOutcome.Unchanged;
        }
        ReadOnlySpan<byte> path = request.ValueAt(index);
        if (IsPlain(path, options))
        {
            return PathOutcome.Unchanged;
        }
        byte[]? rented = null;
        Span<byte> buffer = path.Length <= OnStack ? stackalloc byte[OnStack] : rented = ArrayPool<byte>.Shared.Rent(path.Length);
        path.CopyTo(buffer);
        PathOutcome outcome = Normalize(buffer[..path.Length], options, out int length);
        if (outcome == PathOutcome.Changed)
        {
            request.SetValueAt(index, buffer[..length]);
        }
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
        return outcome;
    }

    /// <summary>Normalises a path with its query in place; it never becomes longer. When refused, the bytes are left half done.</summary>
    public static PathOutcome Normalize(Span<byte> path, PathOptions options, out int length)
    {
        ArgumentNullException.ThrowIfNull(options);
        length = path.Length;
        if (IsPlain(path, options))
        {
            return PathOutcome.Unchanged;
        }
        if (path.IsEmpty || path[0] != (byte)'/')
        {
            return PathOutcome.NotAPath;
        }
        if (path.Contains((byte)'#'))
        {
            return PathOutcome.Fragment;
        }
        int queryAt = path.IndexOf((byte)'?');
        Span<byte> query = queryAt < 0 ? default : path[queryAt..];
        PathOutcome outcome = NormalizeSegments(queryAt < 0 ? path : path[..queryAt], options, out int written);
        if (outcome != PathOutcome.Changed)
        {
            return outcome;
        }
        query.CopyTo(path[written..]);
        length = written + query.Length;
        return outcome;
    }

    // Whether one look suffices: nothing to decode, no segment that starts with a dot, nothing that an option asks about.
    private static bool IsPlain(ReadOnlySpan<byte> target, PathOptions options)
    {
        if (target.IsEmpty || target[0] != (byte)'/')
        {
            return target.SequenceEqual("*"u8);
        }
        if (target.Contains((byte)'#'))
        {
            return false;
        }
        int queryAt = target.IndexOf((byte)'?');
        ReadOnlySpan<byte> path = queryAt < 0 ? target : target[..queryAt];
        return path.IndexOfAny((byte)'%', (byte)'\\') < 0
            && path.IndexOf("/."u8) < 0
            && !(options.MergeSlashes && path.IndexOf("//"u8) >= 0);
    }

    private static PathOutcome NormalizeSegments(Span<byte> path, PathOptions options, out int written)
    {
        bool changed = false;
        written = 0;
        int read = 0;
        while (read < path.Length)
        {
            // At the slash before a segment.
            int start = written;
            if (options.MergeSlashes && start > 0 && path[start - 1] == (byte)'/')
            {
                start--; // the slash of an empty segment, or the one that a removed segment left
                changed = true;
            }
            read++;
            written = start;
            path[written++] = (byte)'/';
            PathOutcome outcome = NormalizeSegment(path, options, ref read, ref written, ref changed);
            if (outcome != PathOutcome.Unchanged)
            {
                return outcome;
            }
            ReadOnlySpan<byte> segment = path[(start + 1)..written];
            bool isLast = read == path.Length;
            if (segment.SequenceEqual("."u8))
            {
                changed = true;
                written = isLast ? start + 1 : start;
            }
            else if (segment.SequenceEqual(".."u8))
            {
                changed = true;
                int parent = path[..start].LastIndexOf((byte)'/');
                written = Math.Max(parent, 0);
                if (isLast)
                {
                    path[written++] = (byte)'/';
                }
            }
        }
        return changed ? PathOutcome.Changed : PathOutcome.Unchanged;
    }

    private static PathOutcome NormalizeSegment(Span<byte> path, PathOptions options, ref int read, ref int written, ref bool changed)
    {
        while (read < path.Length && path[read] != (byte)'/')
        {
            byte value = path[read];
            if (value == (byte)'\\' && options.RejectBackslashes)
            {
                return PathOutcome.Backslash;
            }
            if (value != (byte)'%')
            {
                path[written++] = value;
                read++;
                continue;
            }
            if (path.Length - read < 3 || !char.IsAsciiHexDigit((char)path[read + 1]) || !char.IsAsciiHexDigit((char)path[read + 2]))
            {
                return PathOutcome.InvalidEscape;
            }
            byte high = Upper(path[read + 1]);
            byte low = Upper(path[read + 2]);
            byte decoded = (byte)((Value(high) << 4) | Value(low));
            PathOutcome refused = decoded switch
            {
                (byte)'/' when options.RejectEncodedSlashes => PathOutcome.EncodedSlash,
                (byte)'\\' when options.RejectBackslashes => PathOutcome.Backslash,
                0 when options.RejectEncodedNul => PathOutcome.EncodedNul,
                _ => PathOutcome.Unchanged,
            };
            if (refused != PathOutcome.Unchanged)
            {
                return refused;
            }
            if (Unreserved.Contains(decoded))
            {
                path[written++] = decoded;
                changed = true;
            }
            else
            {
                changed |= high != path[read + 1] || low != path[read + 2];
                path[written++] = (byte)'%';
                path[written++] = high;
                path[written++] = low;
            }
            read += 3;
        }
        return PathOutcome.Unchanged;
    }

    private static byte Upper(byte digit) => digit >= (byte)'a' ? (byte)(digit - 0x20) : digit;

    private static int Value(byte upperDigit) => upperDigit <= (byte)'9' ? upperDigit - '0' : upperDigit - 'A' + 10;
}
