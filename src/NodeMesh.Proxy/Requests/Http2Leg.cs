using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Sessions;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Buffers;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// An exchange's side on one HTTP/2 stream, of an application's connection or of a mesh link, as server or as client. What the other side does not
/// take waits here, at most the stream's window, and is given back to the peer as credit once it is taken. Pooled by its loop's
/// <see cref="ExchangePool"/>.
/// </summary>
internal sealed class Http2Leg(ExchangePool pool) : Http2StreamHandler, IUpstreamLeg, IDownstreamLeg
{
    private readonly HeaderList _trailers = new();
    private HttpExchange? _exchange;
    private Http2Session? _session;
    private Http2Stream? _stream;
    private BufferChain _kept;
    private int _uses;
    private Http2OpenFailure _notOpened;
    private bool _isDownstream;
    private bool _ended;
    private bool _hasTrailers;

    public bool IsTunnel => _stream is { IsTunnel: true };

    /// <summary>The stream that a client opened.</summary>
    public void BeginDownstream(Http2Session session, Http2Stream stream, HttpExchange exchange)
    {
        _isDownstream = true;
        _session = session;
        _stream = stream;
        _exchange = exchange;
        stream.State = this;
    }

    /// <summary>A stream that <see cref="WriteHeaders"/> will open.</summary>
    public void BeginUpstream(Http2Session session, HttpExchange exchange)
    {
        _isDownstream = false;
        _session = session;
        _exchange = exchange;
    }

    public LegFailure Unsent => _notOpened switch
    {
        Http2OpenFailure.HeaderListTooLarge => new LegFailure(RefusalCode.HeadersTooLarge, "the upstream takes no header list of this size"),
        Http2OpenFailure.NoExtendedConnect => new LegFailure(RefusalCode.NotServed, "the upstream speaks HTTP/2 without extended CONNECT, which an upgrade needs"),
        _ => LegFailure.NotTaken,
    };

    public bool WriteHeaders(HeaderList headers, bool endStream)
    {
        var session = _session!;
        if (_stream is null)
        {
            _stream = session.TryOpen(headers, endStream, this, out _notOpened);
            return _stream is not null;
        }

        var written = _stream.WriteHeaders(headers, endStream);
        session.Flush();
        SettleIf(endStream);
        return written;
    }

    public int WriteData(ReadOnlySpan<byte> data, bool endStream)
    {
        var session = _session!;
        if (!session.HasRoom && !data.IsEmpty)
        {
            WaitForRoom(session);
            return 0;
        }

        var taken = _stream!.WriteData(data, endStream);
        session.Flush();
        SettleIf(endStream);
        return taken;
    }

    public bool TryDeclineTunnel() => false;

    public void WriteTrailers(HeaderList trailers) => WriteHeaders(trailers, endStream: true);

    public void Resume()
    {
        var use = _uses;
        while (!_kept.IsEmpty)
        {
            var piece = _kept.First;
            var length = piece.Length;
            var taken = Offer(piece, _ended && !_hasTrailers && length == _kept.Length);
            if (use != _uses)
            {
                return;
            }

            LetGo(taken);
            if (taken < length)
            {
                return;
            }
        }

        if (_hasTrailers && _exchange is { } exchange)
        {
            _hasTrailers = false;
            OfferTrailers(exchange, _trailers);
        }
    }

    public void Release(LegEnd end)
    {
        var session = _session!;
        _uses++;
        _exchange = null;
        if (_stream is { } stream)
        {
            if (!stream.IsClosed)
            {
                stream.Reset(end switch
                {
                    LegEnd.Complete => _isDownstream ? Http2ErrorCode.NoError : Http2ErrorCode.Cancel,
                    LegEnd.Cancelled => Http2ErrorCode.Cancel,
                    _ => Http2ErrorCode.InternalError,
                });
                session.Flush();
                session.SettleLater();
            }

            LetGo(_kept.Length);
            stream.State = null;
            stream.Release();
        }

        _stream = null;
        _session = null;
        _ended = false;
        _hasTrailers = false;
        _trailers.Release();
        if (!WaitsForRoom)
        {
            // Else a session still has it in its queue, and it is left to the collector.
            pool.Return(this);
        }
    }

    public override void OnResponse(HeaderList headers, bool endStream) => _exchange?.OnResponse(headers, endStream);

    public override void OnInformational(HeaderList headers) => _exchange?.OnInformational(headers);

    public override void OnData(ReadOnlySpan<byte> data, bool endStream)
    {
        var use = _uses;
        var isFirst = _kept.IsEmpty;
        var taken = isFirst ? Offer(data, endStream) : 0;
        if (use != _uses)
        {
            return;
        }

        _stream!.Consume(taken);
        if (isFirst && taken == data.Length)
        {
            return;
        }

        var rest = data[taken..];
        _kept.Append(_session!.Loop.Buffers, rest);
        _ended |= endStream;
        if (!_session.Hold(rest.Length))
        {
            Fail(new LegFailure(RefusalCode.Overload, "the streams of this daemon hold too much unread data, and this one's connection more than its share"));
        }
    }

    public override void OnTrailers(HeaderList trailers)
    {
        if (_kept.IsEmpty)
        {
            if (_exchange is { } exchange)
            {
                OfferTrailers(exchange, trailers);
            }
        }
        else
        {
            _trailers.Swap(trailers);
            _hasTrailers = true;
        }
    }

    public override void OnReset(Http2ErrorCode code)
    {
        if (!_isDownstream && !IsTunnel && (_ended || _hasTrailers))
        {
            // The response was received whole; what waits here is delivered still (RFC 9113, section 8.1).
            return;
        }

        Fail(_isDownstream ? new LegFailure(RefusalCode.DownstreamClosed, ReasonOf(code)) : UpstreamFailure(code));
    }

    public override void OnWritable()
    {
        if (_isDownstream)
        {
            _exchange?.OnResponseWritable();
        }
        else
        {
            _exchange?.OnRequestWritable();
        }
    }

    /// <summary>Whether the upstream is gone, gave the request up, or was cut off because it broke a rule.</summary>
    private LegFailure UpstreamFailure(Http2ErrorCode code)
    {
        var isRefused = code == Http2ErrorCode.RefusedStream;
        if (_session!.IsClosed)
        {
            return new LegFailure(RefusalCode.UpstreamClosed, ReasonOf(code), isRefused, StaleConnection: true);
        }

        var refusal = isRefused || _stream!.ResetByPeer ? RefusalCode.UpstreamReset : RefusalCode.UpstreamProtocolError;
        return new LegFailure(refusal, ReasonOf(code), isRefused);
    }

    private string ReasonOf(Http2ErrorCode code) => _session switch
    {
        { IsClosed: true } session => $"the HTTP/2 connection is gone: {session.CloseReason}",
        { Engine.IsClosed: true } session => $"the HTTP/2 connection broke a rule: {session.CloseReason}",
        _ => $"the stream was reset: {code}",
    };

    private int Offer(ReadOnlySpan<byte> data, bool endStream)
    {
        if (_exchange is not { } exchange)
        {
            return 0;
        }

        return _isDownstream ? exchange.OnRequestData(data, endStream) : exchange.OnResponseData(data, endStream);
    }

    private void OfferTrailers(HttpExchange exchange, HeaderList trailers)
    {
        if (_isDownstream)
        {
            exchange.OnRequestTrailers(trailers);
        }
        else
        {
            exchange.OnResponseTrailers(trailers);
        }
    }

    private void Fail(LegFailure failure)
    {
        if (_exchange is { } exchange)
        {
            if (_isDownstream)
            {
                exchange.OnDownstreamFailed(failure);
            }
            else
            {
                exchange.OnUpstreamFailed(failure);
            }
        }
    }

    private void LetGo(int count)
    {
        if (count > 0)
        {
            var session = _session!;
            _kept.Take(session.Loop.Buffers, count);
            session.Hold(-count);
            _stream!.Consume(count);
            session.Flush();
        }
    }

    private void SettleIf(bool endStream)
    {
        if (endStream)
        {
            _session!.SettleLater();
        }
    }
}
