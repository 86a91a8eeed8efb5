using System.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>Writing heads from the form of HTTP/2. The list is checked while it is written; only a whole and sound head reaches the output.</summary>
public sealed partial class Http1Connection
{
    // What a head takes beyond its fields: version, connection fields, framing, a WebSocket key.
    private const int HeadOverhead = 512;

    private bool WriteResponse(HeaderList headers, bool endStream)
    {
        if (_send != SendState.Head)
        {
            return Refuse("a response where none is due");
        }
        if (headers.Count == 0 || headers.IdAt(0) != KnownHeader.Status || headers.ValueAt(0).Length != 3
            || !FieldSyntax.TryParseDigits(headers.ValueAt(0), out long status) || status is < 100 or 101)
        {
            return Refuse(":status does not stand first, or is none that HTTP/2 can have");
        }
        bool isInterim = status < 200;
        if (isInterim && (endStream || _receive == ReceiveState.Failed))
        {
            return Refuse("an interim response cannot end the exchange");
        }
        bool isTunnel = _receive == ReceiveState.AwaitsTunnel && status is >= 200 and < 300;
        bool hasNoBody = _isHead || status is 204 or 304;
        var writer = new HeadWriter(_output.GetSpan(headers.Size + HeadOverhead));
        writer.Write(StatusLines.Of(isTunnel && _isUpgrade ? 101 : (int)status));
        bool dropsLength = isInterim || isTunnel || status == 204;
        if (WriteFields(ref writer, headers, 1, dropsLength, out long length) is string reason)
        {
            return Refuse(reason);
        }
        if (isInterim)
        {
            WriteInterim(ref writer, (int)status);
            return true;
        }
        if (length > 0 && endStream && !hasNoBody)
        {
            return Refuse("content-length without a body");
        }
        bool close = _close || _peerEnded || WantsContinue || _receive == ReceiveState.Failed;
        SendState next = isTunnel ? SendState.Tunnel
            : hasNoBody ? SendState.NoBody
            : length >= 0 || endStream ? SendState.Length
            : _peerIsHttp10 ? SendState.UntilClose
            : SendState.Chunked;
        if (next == SendState.UntilClose)
        {
            close = true;
        }
        if (isTunnel)
        {
            WriteTunnelFields(ref writer, headers);
        }
        else
        {
            writer.Write(close ? "Connection: close\r\n"u8 : _peerIsHttp10 ? "Connection: keep-alive\r\n"u8 : default);
            writer.Write(
                next == SendState.Chunked ? "Transfer-Encoding: chunked\r\n"u8
                : next == SendState.Length && length < 0 ? "Content-Length: 0\r\n"u8
                : default);
        }
        writer.EndLine();
        _output.Advance(writer.Written);

        _close = close || isTunnel;
        WantsContinue = false;
        _sendRemaining = Math.Max(length, 0);
        _send = endStream ? SendState.Done : next;
        if (_receive == ReceiveState.AwaitsTunnel)
        {
            IsTunnel = isTunnel;
            _receive = isTunnel ? ReceiveState.Tunnel : ReceiveState.Done;
        }
        return true;
    }

    private void WriteInterim(ref HeadWriter writer, int status)
    {
        if (status == 100)
        {
            WantsContinue = false;
        }
        if (!_peerIsHttp10)
        {
            writer.EndLine();
            _output.Advance(writer.Written);
        }
    }

    private void WriteTunnelFields(ref HeadWriter writer, HeaderList headers)
    {
        if (!_isUpgrade)
        {
            return;
        }
        writer.Write("Connection: upgrade\r\nUpgrade: "u8);
        writer.Write(_upgrade.ValueAt(0));
        writer.EndLine();
        if (_webSocketKeyLength > 0 && !headers.TryGet(WebSocketHandshake.AcceptName, out _))
        {
            // Answered by HTTP/2, which has no such field.
            Span<byte> accept = stackalloc byte[WebSocketHandshake.AcceptLength];
            WebSocketHandshake.Accept(_webSocketKey, accept);
            writer.Write("Sec-WebSocket-Accept: "u8);
            writer.Write(accept);
            writer.EndLine();
        }
    }

    private bool WriteRequest(HeaderList headers, bool endStream)
    {
        if (!IsIdle || _close || _peerEnded || _surplus)
        {
            return Refuse("a request where the connection cannot take one");
        }
        int fields = ReadPseudoHeaders(headers, out PseudoHeaders pseudo);
        if (pseudo.Check(headers, _options.AllowConnect) is string broken)
        {
            return Refuse(broken);
        }
        ReadOnlySpan<byte> method = headers.ValueAt(pseudo.Method);
        bool isUpgrade = pseudo.Protocol >= 0;
        bool isConnect = !isUpgrade && method.SequenceEqual("CONNECT"u8);
        bool isTunnel = isUpgrade || isConnect;
        int authorityAt = pseudo.Authority >= 0 ? pseudo.Authority : headers.IndexOf(KnownHeader.Host);
        ReadOnlySpan<byte> authority = authorityAt < 0 ? default : headers.ValueAt(authorityAt);
        if (!authority.IsEmpty && !FieldSyntax.IsAuthority(authority))
        {
            return Refuse(":authority or host is not a host and port");
        }

        var writer = new HeadWriter(_output.GetSpan(headers.Size + authority.Length + HeadOverhead));
        writer.Write(isUpgrade ? "GET"u8 : method);
        writer.Write(" "u8);
        writer.Write(isConnect ? authority : headers.ValueAt(pseudo.Path));
        writer.Write(" HTTP/1.1\r\nHost: "u8);
        writer.Write(authority);
        writer.EndLine();
        if (WriteFields(ref writer, headers, fields, isTunnel, out long length) is string reason)
        {
            return Refuse(reason);
        }
        if (length > 0 && endStream)
        {
            return Refuse("content-length without a body");
        }
        if (isTunnel && endStream)
        {
            return Refuse("a tunnel that ends before it begins");
        }
        Span<byte> key = stackalloc byte[WebSocketHandshake.KeyLength];
        bool makesKey = false;
        if (isUpgrade)
        {
            makesKey = WriteUpgradeFields(ref writer, headers, headers.ValueAt(pseudo.Protocol), key);
        }
        else
        {
            bool expectsBody = method.SequenceEqual("POST"u8) || method.SequenceEqual("PUT"u8) || method.SequenceEqual("PATCH"u8);
            writer.Write(
                isConnect || length >= 0 ? default
                : !endStream ? "Transfer-Encoding: chunked\r\n"u8
                : expectsBody ? "Content-Length: 0\r\n"u8
                : default);
            WriteRequestConnection(ref writer, headers.Contains(KnownHeader.Te));
        }
        writer.EndLine();
        _output.Advance(writer.Written);

        BeginExchange();
        _close = _closeAsked;
        if (makesKey)
        {
            key.CopyTo(_webSocketKey);
            _webSocketKeyLength = key.Length;
        }
        _isHead = method.SequenceEqual("HEAD"u8);
        _isConnect = isConnect;
        _isUpgrade = isUpgrade;
        _sendRemaining = Math.Max(length, 0);
        _send = isTunnel ? SendState.AwaitsTunnel
            : endStream ? SendState.Done
            : length >= 0 ? SendState.Length
            : SendState.Chunked;
        WantsContinue = !endStream && !isTunnel && headers.Contains(KnownHeader.Expect);
        return true;
    }

    private void WriteRequestConnection(ref HeadWriter writer, bool hasTe) =>
        writer.Write(
            _closeAsked ? hasTe ? "Connection: close, TE\r\n"u8 : "Connection: close\r\n"u8
            : hasTe ? "Connection: TE\r\n"u8
            : default);

    // True when the key was made here, so that the answer to it is checked here.
    private static bool WriteUpgradeFields(ref HeadWriter writer, HeaderList headers, ReadOnlySpan<byte> protocol, scoped Span<byte> key)
    {
        writer.Write(headers.Contains(KnownHeader.Te) ? "Connection: upgrade, TE\r\nUpgrade: "u8 : "Connection: upgrade\r\nUpgrade: "u8);
        writer.Write(protocol);
        writer.EndLine();
        if (!protocol.SequenceEqual("websocket"u8) || headers.TryGet(WebSocketHandshake.KeyName, out _))
        {
            return false;
        }
        WebSocketHandshake.MakeKey(key);
        writer.Write("Sec-WebSocket-Key: "u8);
        writer.Write(key);
        writer.EndLine();
        if (!headers.TryGet(WebSocketHandshake.VersionName, out _))
        {
            writer.Write("Sec-WebSocket-Version: 13\r\n"u8);
        }
        return true;
    }

    private static int ReadPseudoHeaders(HeaderList headers, out PseudoHeaders pseudo)
    {
        pseudo = new PseudoHeaders();
        int i = 0;
        while (i < headers.Count && pseudo.TryTake(headers.IdAt(i), i))
        {
            i++;
        }
        return i;
    }

    // Null, or why the list cannot be written. The length is that of content-length, or -1.
    private string? WriteFields(ref HeadWriter writer, HeaderList headers, int from, bool dropsLength, out long length)
    {
        length = -1;
        bool isClean = !headers.Bytes.ContainsAny(FieldSyntax.ValueForbidden);
        bool joinedCookies = false;
        for (int i = from; i < headers.Count; i++)
        {
            HeaderField field = headers[i];
            if ((isClean && field.Id != KnownHeader.None ? CheckKnownName(field.Id) : CheckField(field)) is string reason)
            {
                return reason;
            }
            switch (field.Id)
            {
                case KnownHeader.Host when _role == Http1Role.Client:
                    continue; // written from :authority
                case KnownHeader.ContentLength:
                    if (length >= 0 || !FieldSyntax.TryParseDigits(field.Value, out length))
                    {
                        return "content-length twice, or not a number";
                    }
                    if (!dropsLength)
                    {
                        writer.Write(FieldNames.WithColon(KnownHeader.ContentLength));
                        writer.WriteNumber(length);
                        writer.EndLine();
                    }
                    continue;
                case KnownHeader.Cookie when _role == Http1Role.Client:
                    if (!joinedCookies)
                    {
                        joinedCookies = true;
                        WriteCookies(ref writer, headers, i);
                    }
                    continue;
                case KnownHeader.Te when !Ascii.EqualsIgnoreCase(field.Value, "trailers"u8):
                    return "te other than trailers";
                default:
                    writer.WriteField(field);
                    continue;
            }
        }
        if (dropsLength)
        {
            length = -1;
        }
        return null;
    }

    // HTTP/2 may send a cookie in crumbs; HTTP/1.1 has one field (RFC 9113, 8.2.3).
    private static void WriteCookies(ref HeadWriter writer, HeaderList headers, int first)
    {
        writer.Write(FieldNames.WithColon(KnownHeader.Cookie));
        for (int i = first; i < headers.Count; i++)
        {
            if (headers.IdAt(i) == KnownHeader.Cookie)
            {
                writer.Write(i == first ? default : "; "u8);
                writer.Write(headers.ValueAt(i));
            }
        }
        writer.EndLine();
    }

    private static string? CheckKnownName(KnownHeader id) => id switch
    {
        KnownHeader.Connection or KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.TransferEncoding or KnownHeader.Upgrade =>
            "a connection-specific field",
        _ when KnownHeaders.IsPseudo(id) => "a pseudo-header that does not belong there",
        _ => null,
    };

    private static string? CheckField(in HeaderField field) =>
        field.Value.ContainsAny(FieldSyntax.ValueForbidden) ? "a control byte in a field value"
        : field.Id != KnownHeader.None ? CheckKnownName(field.Id)
        : field.Name.IsEmpty || field.Name.ContainsAnyExcept(FieldSyntax.LowerToken) ? "a field name that is not a lower-case token"
        : null;
}
