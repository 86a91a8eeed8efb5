namespace NodeMesh.Http.Http2;

/// <summary>The table of streams, their ends, and the errors that end them or the connection.</summary>
public sealed partial class Http2Connection
{
    private FloodMeter _rapidResets;
    private FloodMeter _streamErrors;
    private long _blocksUnderWay;
    private FloodMeter _refusedStreams;
    private FloodMeter _lateResets;
    private FloodMeter _pings;
    private FloodMeter _settings;
    private FloodMeter _priorities;
    private FloodMeter _windowUpdates;
    private FloodMeter _unknownFrames;
    private FloodMeter _goAways;
    private long _outputPending;
    private long _unreadAnswers;

    private Http2Stream AddStream(int id, object? state)
    {
        Http2Stream stream = _pool.Rent();
        stream.Open(this, id, state);
        stream.OwnSendWindow = _peerInitialWindow;
        stream.ReceiveWindow = _ackedInitialWindow;
        stream.ReceiveWindowSize = _ackedInitialWindow;
        _streams.Add(stream);
        StreamsOpened++;
        return stream;
    }

    // Idle: not opened yet, or never to be, such as any even id, because servers may not push.
    private bool IsIdle(int id) => (id & 1) == 0 || (_role == Http2Role.Client
        ? _nextStreamId > 0 && id >= _nextStreamId
        : id > _lastPeerStreamId);

    private ClosedReason FindClosed(int id)
    {
        ClosedReason reason = _resetStreams.Find(id);
        return reason == ClosedReason.Unknown ? _endedStreams.Find(id) : reason;
    }

    private void EndLocal(Http2Stream stream)
    {
        stream.LocalEnded = true;
        if (stream.RemoteEnded)
        {
            CloseStream(stream, ClosedReason.Ended);
        }
    }

    private void EndRemote(Http2Stream stream)
    {
        stream.RemoteEnded = true;
        if (stream.LocalEnded)
        {
            CloseStream(stream, ClosedReason.Ended);
        }
    }

    private void CloseStream(Http2Stream stream, ClosedReason reason)
    {
        stream.IsClosed = true;
        Unblock(stream);
        _streams.Remove(stream);
        if (ReferenceEquals(_dataStream, stream))
        {
            _dataStream = null; // the rest of its frame is dropped, whoever has the object then
        }
        WindowGrowth -= Math.Max(0, stream.ReceiveWindowSize - _ackedInitialWindow);
        ClosedStreams remembered = reason == ClosedReason.Ended ? _endedStreams : _resetStreams;
        remembered.Add(stream.Id, reason, reason == ClosedReason.ResetByUs ? stream.ReceiveWindow : 0);
    }

    internal void Release(Http2Stream stream)
    {
        if (!stream.IsClosed)
        {
            Reset(stream, _role == Http2Role.Server && stream.LocalEnded ? Http2ErrorCode.NoError : Http2ErrorCode.Cancel);
        }
        stream.Forget();
        _pool.Return(stream);
    }

    internal void Reset(Http2Stream stream, Http2ErrorCode code)
    {
        if (!_closed)
        {
            WriteReset(stream.Id, code);
        }
        if (_role == Http2Role.Client && !stream.RemoteEnded)
        {
            _blocksUnderWay += 2; // a response's headers and trailers, sent before the peer hears of it
        }
        CloseStream(stream, ClosedReason.ResetByUs);
    }

    // The peer broke a rule on one stream.
    private void StreamError(
        Http2Stream stream, Http2ErrorCode code, string reason, Http2StreamFault fault = Http2StreamFault.Protocol)
    {
        if (!TakeToken(ref _streamErrors, Http2Flood.MadeYouReset, "too many stream errors"))
        {
            return;
        }
        WriteReset(stream.Id, code);
        CloseStream(stream, ClosedReason.ResetByUs);
        _handler.OnStreamError(stream.Id, fault, code, reason);
        _handler.OnReset(stream, code);
        CountAnswer(FrameHeader.Length + 4);
    }

    // The same for a stream that the handler does not know, or no longer.
    private void RejectFrame(int id, Http2ErrorCode code, string reason)
    {
        if (TakeToken(ref _streamErrors, Http2Flood.MadeYouReset, "too many stream errors"))
        {
            RefuseStream(id, Http2StreamFault.Protocol, code, reason);
        }
    }

    private void RefuseStream(int id, Http2StreamFault fault, Http2ErrorCode code, string reason)
    {
        WriteReset(id, code);
        _resetStreams.Add(id, ClosedReason.ResetByUs, _ackedInitialWindow);
        if (CountAnswer(FrameHeader.Length + 4))
        {
            _handler.OnStreamError(id, fault, code, reason);
        }
    }

    // Always false, so that a check can end with it.
    private bool Fail(Http2ErrorCode code, string reason, Http2Flood flood = Http2Flood.None)
    {
        if (_closed)
        {
            return false;
        }
        Flood = flood;
        Span<byte> debugData = stackalloc byte[reason.Length];
        System.Text.Encoding.ASCII.GetBytes(reason, debugData);
        SendFinalGoAway(code, debugData);
        _closed = true;
        DropBlock();
        _dataStream = null;
        _handler.OnConnectionError(code, reason);
        ResetStreams(0, code);
        return false;
    }

    private bool TakeToken(ref FloodMeter meter, Http2Flood flood, string reason) =>
        meter.TryTake(_time) || Fail(Http2ErrorCode.EnhanceYourCalm, reason, flood);

    // Answers that the peer has asked for and does not read pile up; the meters bound how fast, this bounds how many.
    private bool CountAnswer(int bytes)
    {
        _unreadAnswers += bytes;
        return Math.Min(_unreadAnswers, _outputPending) <= _options.MaxUnreadAnswers
            || Fail(Http2ErrorCode.EnhanceYourCalm, "the peer asks for answers and does not read them", Http2Flood.UnreadAnswers);
    }
}
