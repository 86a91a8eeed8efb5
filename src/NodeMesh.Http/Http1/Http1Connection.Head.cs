using System.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>Field lines (RFC 9112, 5) as they come: each is looked at once, and only its values are copied.</summary>
public sealed partial class Http1Connection
{
    // More options than this in Connection have no honest reason; each may have to be looked for among all fields.
    private const int MaxConnectionOptions = 32;

    private int _headBytes; // lines of the present head or trailers that are done
    private int _fields;
    private int _authorityIndex; // where :authority waits for Host, or -1
    private int _hosts;
    private long _contentLength;
    private bool _isChunked;
    private bool _hasTe;
    private bool _hasUpgrade;
    private bool _hasExpect;
    private int _connectionOptionCount;
    private ConnectionOptions _connection;

    private bool Asks(ConnectionOptions option) => (_connection & option) == option;

    private bool InTrailers => _receive == ReceiveState.Trailers;

    private void BeginHead()
    {
        _received.Clear();
        _scanned = 0;
        _headBytes = 0;
        _fields = 0;
        _authorityIndex = -1;
        _hosts = 0;
        _contentLength = -1;
        _isChunked = false;
        _hasTe = false;
        _hasUpgrade = false;
        _hasExpect = false;
        _connectionOptionCount = 0;
        _connection = ConnectionOptions.None;
        _chunkExtensions = 0;
    }

    private int ReceiveFields(ReadOnlySpan<byte> span)
    {
        int limit = InTrailers ? _options.MaxTrailers : _options.MaxHead;
        int used = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = span[used..];

            // The name's end is where the search for the line's end begins: no byte of a token is a control byte.
            int nameEnd = _scanned == 0 ? rest.IndexOfAnyExcept(FieldSyntax.Token) : -1;
            int from = Math.Max(nameEnd, _scanned);
            int length = nameEnd < 0 && _scanned == 0 ? -1 : rest[from..].IndexOfAny(FieldSyntax.ValueForbidden);
            int end = length < 0 ? rest.Length : from + length;
            if (_headBytes + end > limit)
            {
                Fail(Http1ErrorKind.HeadTooLarge, 431, InTrailers ? "the trailers are too large" : "the head is too large");
                return span.Length;
            }
            if (end >= rest.Length - 1 && (length < 0 || rest[end] == (byte)'\r'))
            {
                Wait(end);
                return used;
            }
            if (rest[end] != (byte)'\r' || rest[end + 1] != (byte)'\n')
            {
                FailLineEnd(rest[end]);
                return span.Length;
            }
            if (_scanned > 0)
            {
                nameEnd = rest.IndexOfAnyExcept(FieldSyntax.Token);
                _scanned = 0;
            }
            used += end + 2;
            _headBytes += end + 2;
            if (end == 0)
            {
                FinishHead(span.Length - used);
                return used;
            }
            if (!AddLine(rest[..end], nameEnd))
            {
                return span.Length;
            }
        }
    }

    private bool AddLine(ReadOnlySpan<byte> line, int nameEnd)
    {
        if (nameEnd <= 0 || nameEnd >= line.Length || line[nameEnd] != (byte)':')
        {
            FailField(
                FieldSyntax.IsBlank(line[0]) ? "a folded line"
                : nameEnd == 0 ? "an empty field name"
                : nameEnd < 0 || nameEnd >= line.Length ? "a field without a colon"
                : FieldSyntax.IsBlank(line[nameEnd]) ? "a blank before the colon"
                : "a field name that is not a token");
            return false;
        }
        int max = InTrailers ? _options.MaxTrailerFields : _options.MaxHeaderFields;
        if (++_fields > max)
        {
            Fail(Http1ErrorKind.HeadTooLarge, 431, InTrailers ? "too many trailers" : "too many fields");
            return false;
        }
        ReadOnlySpan<byte> name = line[..nameEnd];
        ReadOnlySpan<byte> value = FieldSyntax.Trim(line[(nameEnd + 1)..]);
        KnownHeader id = KnownHeaders.FindIgnoreCase(name);
        if (InTrailers)
        {
            if (FieldPolicy.MayBeTrailer(id, name))
            {
                _received.AddInAnyCase(id, name, value);
            }
            return true;
        }
        switch (id)
        {
            case KnownHeader.Host:
                return AddHost(value);
            case KnownHeader.ContentLength:
                return AddContentLength(value);
            case KnownHeader.TransferEncoding:
                return SetTransferEncoding(value);
            case KnownHeader.Connection:
                return AddConnection(value);
            case KnownHeader.KeepAlive or KnownHeader.ProxyConnection:
                return true;
            case KnownHeader.Te:
                AddTe(value);
                return true;
            case KnownHeader.Upgrade:
                _hasUpgrade = true;
                break;
            case KnownHeader.Expect:
                _hasExpect = true;
                break;
            default:
                break;
        }
        _received.AddInAnyCase(id, name, value);
        return true;
    }

    private bool AddHost(ReadOnlySpan<byte> value)
    {
        if (_role == Http1Role.Client)
        {
            _received.Add(KnownHeader.Host, value);
            return true;
        }
        if (++_hosts > 1)
        {
            Fail(Http1ErrorKind.BadHost, 400, "Host twice", Http1Smuggling.Host);
            return false;
        }
        if (!value.IsEmpty && !FieldSyntax.IsAuthority(value))
        {
            Fail(Http1ErrorKind.BadHost, 400, "Host is not a host and port", Http1Smuggling.Host);
            return false;
        }
        if (_authorityIndex >= 0 && !value.IsEmpty)
        {
            _received.SetValueAt(_authorityIndex, value);
            _authorityIndex = -1;
        }
        return true;
    }

    private bool AddContentLength(ReadOnlySpan<byte> value)
    {
        if (_contentLength >= 0 || !FieldSyntax.TryParseDigits(value, out _contentLength))
        {
            string reason = _contentLength >= 0 ? "Content-Length twice" : "Content-Length is not a number";
            Fail(Http1ErrorKind.BadFraming, 400, reason, Http1Smuggling.ContentLength);
            return false;
        }
        // Without zeros in front, which some read as octal.
        ReadOnlySpan<byte> digits = value.TrimStart((byte)'0');
        _received.Add(KnownHeader.ContentLength, digits.IsEmpty ? "0"u8 : digits);
        return true;
    }

    private bool SetTransferEncoding(ReadOnlySpan<byte> value)
    {
        if (_isChunked)
        {
            Fail(Http1ErrorKind.BadFraming, 400, "Transfer-Encoding twice", Http1Smuggling.TransferEncoding);
            return false;
        }
        if (_peerIsHttp10)
        {
            Fail(Http1ErrorKind.BadFraming, 400, "Transfer-Encoding in HTTP/1.0", Http1Smuggling.TransferEncoding);
            return false;
        }
        if (!Ascii.EqualsIgnoreCase(value, "chunked"u8))
        {
            Fail(Http1ErrorKind.UnsupportedTransferCoding, 501, "a transfer coding other than chunked", Http1Smuggling.TransferEncoding);
            return false;
        }
        _isChunked = true;
        return true;
    }

    private bool AddConnection(ReadOnlySpan<byte> value)
    {
        if (Ascii.EqualsIgnoreCase(value, "keep-alive"u8))
        {
            _connection |= ConnectionOptions.KeepAlive;
            return true;
        }
        ReadOnlySpan<byte> list = value;
        bool names = false;
        while (FieldSyntax.TryTakeElement(ref list, out ReadOnlySpan<byte> option))
        {
            if (++_connectionOptionCount > MaxConnectionOptions)
            {
                FailField("too many options in Connection", Http1Smuggling.None);
                return false;
            }
            if (Ascii.EqualsIgnoreCase(option, "close"u8))
            {
                _connection |= ConnectionOptions.Close;
            }
            else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8))
            {
                _connection |= ConnectionOptions.KeepAlive;
            }
            else if (Ascii.EqualsIgnoreCase(option, "upgrade"u8))
            {
                _connection |= ConnectionOptions.Upgrade;
            }
            else if (KnownHeaders.FindIgnoreCase(option) == KnownHeader.None)
            {
                names = true;
            }
        }
        if (names)
        {
            _connection |= ConnectionOptions.NamesFields;
            _received.Add(KnownHeader.Connection, value); // until the head is complete
        }
        return true;
    }

    // Of TE only "trailers" means something end to end (RFC 9110, 10.1.4).
    private void AddTe(ReadOnlySpan<byte> value)
    {
        while (!_hasTe && FieldSyntax.TryTakeElement(ref value, out ReadOnlySpan<byte> coding))
        {
            if (Ascii.EqualsIgnoreCase(coding, "trailers"u8))
            {
                _hasTe = true;
                _received.Add(KnownHeader.Te, "trailers"u8);
            }
        }
    }

    private void RemoveNamedFields()
    {
        for (int i = _received.Count - 1; i >= 0; i--)
        {
            if (_received.IdAt(i) != KnownHeader.Connection)
            {
                continue;
            }
            ReadOnlySpan<byte> list = _received.ValueAt(i); // stays where it is while fields are removed
            while (FieldSyntax.TryTakeElement(ref list, out ReadOnlySpan<byte> name))
            {
                RemoveNamed(name);
            }
            i = Math.Min(i, _received.Count);
        }
        _received.Remove(KnownHeader.Connection);
    }

    private void RemoveNamed(ReadOnlySpan<byte> name)
    {
        for (int i = _received.Count - 1; i >= 0; i--)
        {
            HeaderField field = _received[i];
            if (Ascii.EqualsIgnoreCase(field.Name, name) && FieldPolicy.MayBeNamedByConnection(field))
            {
                _received.RemoveAt(i);
            }
        }
    }

    private void FinishHead(int left)
    {
        if (InTrailers)
        {
            FinishTrailers(left);
            return;
        }
        if (_isChunked && _contentLength >= 0)
        {
            Fail(Http1ErrorKind.BadFraming, 400, "Content-Length with Transfer-Encoding", Http1Smuggling.TwoLengths);
            return;
        }
        if (Asks(ConnectionOptions.NamesFields))
        {
            RemoveNamedFields();
        }
        if (_role == Http1Role.Server)
        {
            FinishRequest();
        }
        else
        {
            FinishResponse(left);
        }
    }

    private void FailLineEnd(byte found) => FailField(found switch
    {
        (byte)'\r' => "a bare CR",
        (byte)'\n' => "a bare LF",
        0 => "a NUL byte",
        _ => "a control byte",
    });

    private void FailField(string reason, Http1Smuggling smuggling = Http1Smuggling.FieldSyntax) =>
        Fail(Http1ErrorKind.BadField, 400, reason, smuggling);
}
