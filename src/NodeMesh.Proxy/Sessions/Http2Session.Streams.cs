using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;

namespace NodeMesh.Proxy.Sessions;

/// <summary>What the engine reports, handed to the streams' handlers and the owner.</summary>
internal partial class Http2Session
{
    void IHttp2ConnectionHandler.OnHeaders(Http2Stream stream, HeaderList headers, bool endStream)
    {
        if (Engine.Role == Http2Role.Server)
        {
            NoteStreams();
            _owner.OnRequest(this, stream, headers, endStream);
        }
        else
        {
            HandlerOf(stream)?.OnResponse(headers, endStream);
            SettleIf(endStream);
        }
    }

    bool IHttp2ConnectionHandler.OnHeadersTooLarge(Http2Stream stream, bool endStream)
    {
        _counters.StreamError(Http2StreamFault.HeaderListTooLarge);
        stream.WriteHeaders(_owner.ReplyTooLarge(this), endStream: true);
        if (!stream.IsClosed)
        {
            // What may still come of the request is not wanted (RFC 9113, section 8.1).
            stream.Reset(Http2ErrorCode.NoError);
        }

        stream.Release();
        SettleLater();
        return true;
    }

    void IHttp2ConnectionHandler.OnStreamError(int streamId, Http2StreamFault fault, Http2ErrorCode code, string reason) => _counters.StreamError(fault);

    void IHttp2ConnectionHandler.OnInformational(Http2Stream stream, HeaderList headers) => HandlerOf(stream)?.OnInformational(headers);

    void IHttp2ConnectionHandler.OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        if (HandlerOf(stream) is { } handler)
        {
            handler.OnData(data, endStream);
        }
        else
        {
            stream.Consume(data.Length);
        }

        SettleIf(endStream);
    }

    void IHttp2ConnectionHandler.OnTrailers(Http2Stream stream, HeaderList trailers)
    {
        HandlerOf(stream)?.OnTrailers(trailers);
        SettleLater();
    }

    void IHttp2ConnectionHandler.OnReset(Http2Stream stream, Http2ErrorCode code)
    {
        HandlerOf(stream)?.OnReset(code);
        SettleIf(!_closed);
    }

    void IHttp2ConnectionHandler.OnSendWindow(Http2Stream stream) => HandlerOf(stream)?.OnWritable();

    void IHttp2ConnectionHandler.OnPeerSettings() => SettleLater();

    void IHttp2ConnectionHandler.OnGoAway(int lastStreamId, Http2ErrorCode code)
    {
        _owner.OnDraining(this);
        SettleLater();
    }

    void IHttp2ConnectionHandler.OnPingAck(ulong opaque)
    {
    }

    void IHttp2ConnectionHandler.OnConnectionError(Http2ErrorCode code, string reason) => _closeReason = $"{code}: {reason}";

    private static Http2StreamHandler? HandlerOf(Http2Stream stream) => (Http2StreamHandler?)stream.State;

    private void SettleIf(bool condition)
    {
        if (condition)
        {
            SettleLater();
        }
    }
}
