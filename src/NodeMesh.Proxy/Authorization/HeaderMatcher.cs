using System.Buffers;
using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;

namespace NodeMesh.Proxy.Authorization;

/// <summary>
/// Judges one header of requests. Under one name there may be many lines, and nobody knows which the application heeds: an ALLOW wants all
/// of them to match, for a DENY one is enough, and likewise the other way round for what must not match. Immutable.
/// </summary>
internal sealed class HeaderMatcher
{
    private readonly BytesMatcher _values;
    private readonly BytesMatcher _notValues;
    private readonly KnownHeader _id;
    private readonly byte[] _header;
    private readonly string _name;
    private readonly string _notName;

    /// <param name="header">In lower case.</param>
    internal HeaderMatcher(string header, ValueList<StringPattern> values, ValueList<StringPattern> notValues, string name, string notName)
    {
        _header = Encoding.ASCII.GetBytes(header);
        _id = KnownHeaders.Find(_header) is KnownHeader.Host ? KnownHeader.Authority : KnownHeaders.Find(_header);
        _values = new BytesMatcher(values);
        _notValues = new BytesMatcher(notValues);
        _name = name;
        _notName = notName;
    }

    /// <summary>What does not match, or null when all does. A header that is not there is known not to be: it is none of the values.</summary>
    internal string? Mismatch(HeaderList headers, UnknownAttribute unknown)
    {
        var deny = unknown == UnknownAttribute.Matches;
        if (!_values.IsEmpty && !Lists(_values, headers, oneIsEnough: deny))
        {
            return _name;
        }

        return _notValues.IsEmpty || !Lists(_notValues, headers, oneIsEnough: !deny) ? null : _notName;
    }

    private bool Lists(BytesMatcher matcher, HeaderList headers, bool oneIsEnough)
    {
        var first = Next(headers, 0);
        if (first < 0)
        {
            return false;
        }

        if (_id == KnownHeader.Cookie && Next(headers, first + 1) >= 0)
        {
            return ListsCookies(matcher, headers, first);
        }

        for (var i = first; i >= 0; i = Next(headers, i + 1))
        {
            if (matcher.Matches(headers.ValueAt(i)) == oneIsEnough)
            {
                return oneIsEnough;
            }
        }

        return !oneIsEnough;
    }

    /// <summary>HTTP/2 may split cookies into crumbs (RFC 9113, 8.2.3); they are judged as the one line that HTTP/1.1 makes of them.</summary>
    private bool ListsCookies(BytesMatcher matcher, HeaderList headers, int first)
    {
        var line = ArrayPool<byte>.Shared.Rent(headers.Size);
        try
        {
            var length = 0;
            for (var i = first; i >= 0; i = Next(headers, i + 1))
            {
                if (length > 0)
                {
                    "; "u8.CopyTo(line.AsSpan(length));
                    length += 2;
                }

                headers.ValueAt(i).CopyTo(line.AsSpan(length));
                length += headers.ValueAt(i).Length;
            }

            return matcher.Matches(line.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(line);
        }
    }

    private int Next(HeaderList headers, int from)
    {
        for (var i = from; i < headers.Count; i++)
        {
            var field = headers[i];
            if (field.Id == _id && (_id != KnownHeader.None || field.Name.SequenceEqual(_header)))
            {
                return i;
            }
        }

        return -1;
    }
}
