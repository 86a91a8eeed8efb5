using System.Buffers;
using System.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>Request lines with the four forms of target (RFC 9112, 3), and status lines (4).</summary>
public sealed partial class Http1Connection
{
    private int _emptyLines;

    private int ReceiveStartLine(ReadOnlySpan<byte> rest)
    {
        if (_role == Http1Role.Client && _send == SendState.Nothing)
        {
            Fail(Http1ErrorKind.Unsolicited, 502, "bytes that answer no request", Http1Smuggling.SurplusBytes);
            return rest.Length;
        }
        HasResponseBegun = _role == Http1Role.Client;
        int length = rest[_scanned..].IndexOfAny(FieldSyntax.ValueForbidden);
        int end = length < 0 ? rest.Length : _scanned + length;
        if (end > _options.MaxStartLine)
        {
            Fail(Http1ErrorKind.StartLineTooLong, 414, "the start line is too long");
            return rest.Length;
        }
        if (end >= rest.Length - 1 && (length < 0 || rest[end] == (byte)'\r'))
        {
            return Wait(end);
        }
        if (rest[end] != (byte)'\r' || rest[end + 1] != (byte)'\n')
        {
            FailLineEnd(rest[end]);
            return rest.Length;
        }
        _scanned = 0;
        if (end == 0 && _role == Http1Role.Server)
        {
            return SkipEmptyLine(rest.Length);
        }
        _headBytes = end + 2;
        bool isGood = _role == Http1Role.Server ? ParseRequestLine(rest[..end]) : ParseStatusLine(rest[..end]);
        if (!isGood)
        {
            return rest.Length;
        }
        _receive = ReceiveState.Fields;
        return end + 2;
    }

    private int SkipEmptyLine(int available)
    {
        if (++_emptyLines <= _options.MaxLeadingEmptyLines)
        {
            return 2;
        }
        FailStartLine("empty lines where a request line belongs");
        return available;
    }

    private bool ParseRequestLine(ReadOnlySpan<byte> line)
    {
        int methodEnd = line.IndexOf((byte)' ');
        if (methodEnd <= 0)
        {
            return FailStartLine("a request line without a method and a target");
        }
        ReadOnlySpan<byte> method = line[..methodEnd];
        if (method.ContainsAnyExcept(FieldSyntax.Token))
        {
            return FailStartLine("a method that is not a token");
        }
        ReadOnlySpan<byte> rest = line[(methodEnd + 1)..];
        int targetEnd = rest.LastIndexOf((byte)' ');
        if (targetEnd <= 0)
        {
            return FailStartLine("a request line without a target and a version");
        }
        if (!ParseVersion(rest[(targetEnd + 1)..]))
        {
            return false;
        }
        ReadOnlySpan<byte> target = rest[..targetEnd];
        if (target.ContainsAny(FieldSyntax.TargetForbidden))
        {
            return FailStartLine("a target with a blank");
        }
        if (target.Contains((byte)'#'))
        {
            return FailStartLine("a target with a fragment");
        }
        _isHead = method.SequenceEqual("HEAD"u8);
        _isConnect = method.SequenceEqual("CONNECT"u8);
        _received.Add(KnownHeader.Method, method);
        return _isConnect ? ParseConnectTarget(target) : ParseTarget(method, target);
    }

    private bool ParseVersion(ReadOnlySpan<byte> version)
    {
        if (version.SequenceEqual("HTTP/1.1"u8))
        {
            return true;
        }
        if (version.Length != 8 || !version.StartsWith("HTTP/"u8) || !char.IsAsciiDigit((char)version[5]) || version[6] != (byte)'.'
            || !char.IsAsciiDigit((char)version[7]) || version[5] == (byte)'0')
        {
            return FailStartLine("a start line without a version of HTTP");
        }
        if (version[5] != (byte)'1')
        {
            Fail(Http1ErrorKind.UnsupportedVersion, 505, "a version of HTTP other than 1");
            return false;
        }
        // A higher minor version is treated as the highest one we know (RFC 9110, 2.5).
        _peerIsHttp10 = version[7] == (byte)'0';
        return true;
    }

    private bool ParseConnectTarget(ReadOnlySpan<byte> target)
    {
        if (!_options.AllowConnect)
        {
            Fail(Http1ErrorKind.ConnectRefused, 501, "CONNECT is not served here");
            return false;
        }
        if (!FieldSyntax.IsAuthority(target) || !HasPort(target))
        {
            return FailStartLine("the target of CONNECT is not a host and port");
        }
        _received.Add(KnownHeader.Authority, target);
        return true;
    }

    private bool ParseTarget(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target)
    {
        _received.Add(KnownHeader.Scheme, _options.IsSecure ? "https"u8 : "http"u8);
        if (target[0] == (byte)'/')
        {
            AwaitAuthority();
            _received.Add(KnownHeader.Path, target);
            return true;
        }
        if (target.Length == 1 && target[0] == (byte)'*')
        {
            if (!method.SequenceEqual("OPTIONS"u8))
            {
                return FailStartLine("the target * without OPTIONS");
            }
            AwaitAuthority();
            _received.Add(KnownHeader.Path, target);
            return true;
        }
        int schemeLength = StartsWithIgnoreCase(target, "http://"u8) ? 7 : StartsWithIgnoreCase(target, "https://"u8) ? 8 : 0;
        if (schemeLength == 0)
        {
            return FailStartLine("a target that is neither a path nor an http URI");
        }
        target = target[schemeLength..];
        int authorityEnd = target.IndexOfAny((byte)'/', (byte)'?');
        ReadOnlySpan<byte> authority = authorityEnd < 0 ? target : target[..authorityEnd];
        if (!FieldSyntax.IsAuthority(authority))
        {
            return FailStartLine("an absolute target whose authority is not a host and port");
        }
        _received.Add(KnownHeader.Authority, authority); // wins over Host (RFC 9112, 3.2.2)
        if (authorityEnd < 0)
        {
            _received.Add(KnownHeader.Path, method.SequenceEqual("OPTIONS"u8) ? "*"u8 : "/"u8);
        }
        else if (target[authorityEnd] == (byte)'/')
        {
            _received.Add(KnownHeader.Path, target[authorityEnd..]);
        }
        else
        {
            AddPathOfQuery(target[authorityEnd..]);
        }
        return true;
    }

    private void AwaitAuthority()
    {
        _authorityIndex = _received.Count;
        _received.Add(KnownHeader.Authority, default(ReadOnlySpan<byte>));
    }

    private void AddPathOfQuery(ReadOnlySpan<byte> query)
    {
        byte[] path = ArrayPool<byte>.Shared.Rent(query.Length + 1);
        path[0] = (byte)'/';
        query.CopyTo(path.AsSpan(1));
        _received.Add(KnownHeader.Path, path.AsSpan(0, query.Length + 1));
        ArrayPool<byte>.Shared.Return(path);
    }

    // The blank behind the status may be missing with the phrase; the phrase itself is dropped.
    private bool ParseStatusLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < 12 || line[8] != (byte)' ' || (line.Length > 12 && line[12] != (byte)' '))
        {
            return FailStartLine("a status line that is none");
        }
        _peerIsHttp10 = false;
        if (!ParseVersion(line[..8]))
        {
            return false;
        }
        ReadOnlySpan<byte> digits = line[9..12];
        if (digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') || digits[0] == (byte)'0')
        {
            return FailStartLine("a status that is not three digits");
        }
        _status = ((digits[0] - '0') * 100) + ((digits[1] - '0') * 10) + (digits[2] - '0');
        _received.Add(KnownHeader.Status, digits);
        return true;
    }

    private static bool HasPort(ReadOnlySpan<byte> authority)
    {
        int colon = authority.LastIndexOf((byte)':');
        return colon > 0 && colon > authority.LastIndexOf((byte)']') && colon < authority.Length - 1;
    }

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix) =>
        text.Length >= prefix.Length && Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix);

    private bool FailStartLine(string reason)
    {
        Fail(Http1ErrorKind.BadStartLine, 400, reason);
        return false;
    }
}
