using System.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>What a complete head means: how long the body is (RFC 9112, 6.3), whether the connection lasts (9.3), upgrades.</summary>
public sealed partial class Http1Connection
{
    private const int MaxProtocol = 64; // the answer to an upgrade has room for that

    private int _status;
    private int _interimResponses;

    private void FinishRequest()
    {
        if (_hosts == 0 && !_peerIsHttp10)
        {
            Fail(Http1ErrorKind.BadHost, 400, "Host is missing", Http1Smuggling.Host);
            return;
        }
        if (_isConnect && (_isChunked || _contentLength >= 0))
        {
            Fail(Http1ErrorKind.BadFraming, 400, "CONNECT with a body", _isChunked ? Http1Smuggling.TransferEncoding : Http1Smuggling.ContentLength);
            return;
        }
        if (_authorityIndex >= 0)
        {
            _received.RemoveAt(_authorityIndex); // Host was empty, or is missing in HTTP/1.0
            _authorityIndex = -1;
        }
        bool hasBody = _isChunked || _contentLength > 0;
        if (_hasUpgrade)
        {
            TakeUpgrade(hasBody);
        }
        if (_received.Size > _options.MaxHead)
        {
            Fail(Http1ErrorKind.HeadTooLarge, 431, "the head is too large");
            return;
        }
        if (_hasExpect)
        {
            TakeExpect(hasBody);
        }
        _close |= Asks(ConnectionOptions.Close) || (_peerIsHttp10 && !Asks(ConnectionOptions.KeepAlive));
        _send = SendState.Head;
        _remaining = _contentLength;
        bool isTunnel = _isConnect || _isUpgrade;
        _receive = isTunnel ? ReceiveState.AwaitsTunnel
            : _isChunked ? ReceiveState.ChunkSize
            : hasBody ? ReceiveState.Length
            : ReceiveState.Done;
        _handler.OnHeaders(_received, endStream: !hasBody && !isTunnel);
    }

    // An upgrade becomes an extended CONNECT (RFC 8441), which knows neither other methods nor a body before it.
    private void TakeUpgrade(bool hasBody)
    {
        bool mayUpgrade = Asks(ConnectionOptions.Upgrade) && !_peerIsHttp10 && !hasBody && _received.ValueAt(0).SequenceEqual("GET"u8);
        if (mayUpgrade && TryFindProtocol(out ReadOnlySpan<byte> protocol))
        {
            _isUpgrade = true;
            bool isWebSocket = Ascii.EqualsIgnoreCase(protocol, "websocket"u8);
            if (isWebSocket)
            {
                RememberWebSocketKey();
            }
            // The owner may take the list over, and the answer names the protocol again.
            _upgrade.Clear();
            _upgrade.Add(KnownHeader.Protocol, isWebSocket ? "websocket"u8 : protocol);

            // The spans of the list outlive its growth no longer than the call, which copies them first.
            _received.Insert(1, KnownHeader.Protocol, isWebSocket ? "websocket"u8 : protocol);
            _received.SetValueAt(0, "CONNECT"u8);
            _received.Remove(KnownHeader.ContentLength);
        }
        _received.Remove(KnownHeader.Upgrade);
        RemoveUnknown("http2-settings"u8);
    }

    private bool TryFindProtocol(out ReadOnlySpan<byte> protocol)
    {
        foreach (HeaderField field in _received)
        {
            if (field.Id != KnownHeader.Upgrade)
            {
                continue;
            }
            ReadOnlySpan<byte> list = field.Value;
            while (FieldSyntax.TryTakeElement(ref list, out protocol))
            {
                if (protocol.Length <= MaxProtocol && FieldSyntax.IsProtocol(protocol) && !Ascii.EqualsIgnoreCase(protocol, "h2c"u8) && !Ascii.EqualsIgnoreCase(protocol, "h2"u8)
                    && !StartsWithIgnoreCase(protocol, "http/"u8) && !StartsWithIgnoreCase(protocol, "tls/"u8))
                {
                    return true;
                }
            }
        }
        protocol = default;
        return false;
    }

    private void RememberWebSocketKey()
    {
        if (_received.TryGet(WebSocketHandshake.KeyName, out ReadOnlySpan<byte> key) && key.Length == WebSocketHandshake.KeyLength)
        {
            key.CopyTo(_webSocketKey);
            _webSocketKeyLength = key.Length;
        }
    }

    private void TakeExpect(bool hasBody)
    {
        if (_peerIsHttp10)
        {
            _received.Remove(KnownHeader.Expect); // HTTP/1.0 knows no interim responses (RFC 9110, 10.1.1)
            return;
        }
        _received.TryGet(KnownHeader.Expect, out ReadOnlySpan<byte> expect);
        WantsContinue = hasBody && Ascii.EqualsIgnoreCase(expect, "100-continue"u8);
    }

    private void FinishResponse(int left)
    {
        if (_hasUpgrade)
        {
            _received.Remove(KnownHeader.Upgrade);
        }
        if (_received.Size > _options.MaxHead)
        {
            Fail(Http1ErrorKind.HeadTooLarge, 502, "the head is too large");
            return;
        }
        if (_status < 200)
        {
            FinishInterim();
            return;
        }
        WantsContinue = false;
        _close |= Asks(ConnectionOptions.Close) || (_peerIsHttp10 && !Asks(ConnectionOptions.KeepAlive));
        if (_isConnect && _status < 300)
        {
            _received.Remove(KnownHeader.ContentLength);
            AcceptTunnel();
            return;
        }
        if (_send == SendState.AwaitsTunnel)
        {
            _send = SendState.Done; // refused: an ordinary response
        }
        if (_status == 204)
        {
            _received.Remove(KnownHeader.ContentLength);
        }
        bool hasNoBody = _isHead || _status is 204 or 304 || _contentLength == 0;
        if (hasNoBody)
        {
            EndReceive(left);
        }
        else if (_isChunked)
        {
            _receive = ReceiveState.ChunkSize;
        }
        else if (_contentLength > 0)
        {
            _remaining = _contentLength;
            _receive = ReceiveState.Length;
        }
        else
        {
            _close = true;
            _receive = ReceiveState.UntilClose;
        }
        _handler.OnHeaders(_received, hasNoBody);
    }

    private void FinishInterim()
    {
        if (_status == 101)
        {
            FinishUpgrade();
            return;
        }
        if (++_interimResponses > _options.MaxInterimResponses)
        {
            Fail(Http1ErrorKind.TooManyInterimResponses, 502, "too many interim responses");
            return;
        }
        if (_status == 100)
        {
            WantsContinue = false;
        }
        _received.Remove(KnownHeader.ContentLength);
        _receive = ReceiveState.StartLine;
        int exchange = _exchange;
        _handler.OnInformational(_received);
        if (exchange == _exchange && _receive == ReceiveState.StartLine)
        {
            BeginHead();
        }
    }

    private void FinishUpgrade()
    {
        if (!_isUpgrade || _send != SendState.AwaitsTunnel)
        {
            Fail(Http1ErrorKind.BadUpgrade, 502, "101 that was not asked for");
            return;
        }
        if (_webSocketKeyLength > 0)
        {
            Span<byte> accept = stackalloc byte[WebSocketHandshake.AcceptLength];
            WebSocketHandshake.Accept(_webSocketKey, accept);
            if (!_received.TryGet(WebSocketHandshake.AcceptName, out ReadOnlySpan<byte> answered) || !answered.SequenceEqual(accept))
            {
                Fail(Http1ErrorKind.BadUpgrade, 502, "sec-websocket-accept does not answer the key");
                return;
            }
            RemoveUnknown(WebSocketHandshake.AcceptName);
        }
        _received.Remove(KnownHeader.ContentLength);
        _received.SetValueAt(0, "200"u8);
        AcceptTunnel();
    }

    private void AcceptTunnel()
    {
        IsTunnel = true;
        _close = true;
        _receive = ReceiveState.Tunnel;
        _send = SendState.Tunnel;
        _handler.OnHeaders(_received, endStream: false);
    }

    private void RemoveUnknown(ReadOnlySpan<byte> name)
    {
        for (int i = _received.Count - 1; i >= 0; i--)
        {
            if (_received.IdAt(i) == KnownHeader.None && _received.NameAt(i).SequenceEqual(name))
            {
                _received.RemoveAt(i);
            }
        }
    }
}
