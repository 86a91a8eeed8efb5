using System.Buffers.Binary;

namespace NodeMesh.Http.Http2;

/// <summary>
/// Flow control in both directions (RFC 9113, 5.2 and 6.9). What we receive: the connection's credit is given back on receipt, so one
/// slow stream never stops the others; a stream's credit only as its reader consumes, so memory is bounded by the stream windows.
/// </summary>
public sealed partial class Http2Connection
{
    // A round trip is measured again when the last measurement is older than this and a window may grow by it.
    private static readonly TimeSpan RoundTripAge = TimeSpan.FromSeconds(1);

    // Streams that wait for connection credit: those that got none since they were woken come first, so that turns go round.
    private readonly StreamQueue _starved = new();
    private readonly StreamQueue _served = new();

    private int _peerInitialWindow = DefaultWindow;
    private int _connectionReceiveWindow;
    private int _connectionCreditUnsent;
    private int _ackedInitialWindow;
    private long _roundTripPingAt; // 0: none is under way
    private long _roundTripMeasuredAt;

    private bool HasWaiting => !_starved.IsEmpty || !_served.IsEmpty;

    private void ReceiveWindowUpdate(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (!TakeToken(ref _windowUpdates, Http2Flood.WindowUpdateFlood, "too many WINDOW_UPDATEs"))
        {
            return;
        }
        int increment = BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue;
        if (header.StreamId == 0)
        {
            if (increment == 0)
            {
                Fail(Http2ErrorCode.ProtocolError, "WINDOW_UPDATE of 0");
                return;
            }
            ConnectionSendWindow += increment;
            if (ConnectionSendWindow > int.MaxValue)
            {
                Fail(Http2ErrorCode.FlowControlError, "the connection's window is above 2^31-1");
                return;
            }
            WakeWaiting();
            return;
        }
        Http2Stream? stream = _streams.Find(header.StreamId);
        if (stream is null)
        {
            if (IsIdle(header.StreamId))
            {
                Fail(Http2ErrorCode.ProtocolError, "WINDOW_UPDATE on a stream that was not opened");
            }
            return; // late ones on closed streams are expected
        }
        if (increment == 0)
        {
            StreamError(stream, Http2ErrorCode.ProtocolError, "WINDOW_UPDATE of 0");
            return;
        }
        stream.OwnSendWindow += increment;
        if (stream.OwnSendWindow > int.MaxValue)
        {
            StreamError(stream, Http2ErrorCode.FlowControlError, "the stream's window is above 2^31-1");
            return;
        }
        QueueIfUnblocked(stream);
        WakeWaiting();
    }

    private bool ApplyPeerInitialWindow(int size)
    {
        long difference = (long)size - _peerInitialWindow;
        _peerInitialWindow = size;
        for (Http2Stream? stream = _streams.First; stream is not null; stream = stream.NextOpened)
        {
            stream.OwnSendWindow += difference;
            if (stream.OwnSendWindow > int.MaxValue)
            {
                return Fail(Http2ErrorCode.FlowControlError, "SETTINGS_INITIAL_WINDOW_SIZE takes a stream's window above 2^31-1");
            }
            QueueIfUnblocked(stream);
        }
        return true;
    }

    private void QueueIfUnblocked(Http2Stream stream)
    {
        if (stream.BlockedOnStream && stream.OwnSendWindow > 0)
        {
            stream.BlockedOnStream = false;
            if (stream.Queue is null)
            {
                _starved.Enqueue(stream);
            }
        }
    }

    // A stream whose write was not accepted whole waits for what it lacks.
    private void Block(Http2Stream stream, bool progressed)
    {
        if (stream.OwnSendWindow <= 0)
        {
            stream.BlockedOnStream = true;
            return;
        }
        if (stream.Queue is null)
        {
            (progressed ? _served : _starved).Enqueue(stream);
        }
    }

    private static void Unblock(Http2Stream stream)
    {
        stream.BlockedOnStream = false;
        stream.Queue?.Remove(stream);
    }

    // Each waiting stream in turn, until the connection's credit is gone or nobody waits: outside of here a waiting stream means no credit.
    private void WakeWaiting()
    {
        while (ConnectionSendWindow > 0 && !_closed && (_starved.TryDequeue(out Http2Stream? stream) || _served.TryDequeue(out stream)))
        {
            if (stream.OwnSendWindow <= 0)
            {
                stream.BlockedOnStream = true;
                continue;
            }
            _handler.OnSendWindow(stream);
        }
    }

    private bool ReceiveConnectionCredit(int length)
    {
        if (length > _connectionReceiveWindow)
        {
            return Fail(Http2ErrorCode.FlowControlError, "more DATA than the connection's window");
        }
        _connectionReceiveWindow -= length;
        _connectionCreditUnsent += length;
        if (_connectionCreditUnsent >= _options.ConnectionWindow / 2)
        {
            WriteWindowUpdate(0, _connectionCreditUnsent);
            _connectionReceiveWindow += _connectionCreditUnsent;
            _connectionCreditUnsent = 0;
        }
        return true;
    }

    internal void ReturnCredit(Http2Stream stream)
    {
        if (_closed || stream.ConsumedUnsent < (stream.ReceiveWindowSize + 1) / 2)
        {
            return;
        }
        int growth = GrowthFor(stream);
        int increment = stream.ConsumedUnsent + growth;
        stream.ConsumedUnsent = 0;
        stream.ReceiveWindow += increment;
        stream.ReceiveWindowSize += growth;
        WriteWindowUpdate(stream.Id, increment);
    }

    // The reader has consumed half a window. When that took no more than about two round trips, the sender may have been waiting for
    // credit, and the window doubles; a window that is large enough takes longer to use up and stays. (Window < 4 x rate x round trip grows.)
    private int GrowthFor(Http2Stream stream)
    {
        int room = Math.Min(_options.MaxStreamWindow - stream.ReceiveWindowSize, _options.WindowGrowthBudget - WindowGrowth);
        if (room <= 0)
        {
            return 0;
        }
        long now = _time.GetTimestamp();
        long before = stream.WindowUpdatedAt;
        stream.WindowUpdatedAt = now;
        MeasureRoundTrip(now);
        if (before == 0 || RoundTrip == TimeSpan.Zero || _time.GetElapsedTime(before, now) > 2 * RoundTrip)
        {
            return 0;
        }
        int growth = Math.Min(stream.ReceiveWindowSize, room);
        WindowGrowth += growth;
        return growth;
    }

    private void MeasureRoundTrip(long now)
    {
        if (_roundTripPingAt != 0 || (RoundTrip > TimeSpan.Zero && _time.GetElapsedTime(_roundTripMeasuredAt, now) < RoundTripAge))
        {
            return;
        }
        _roundTripPingAt = now == 0 ? 1 : now;
        WritePing(RoundTripPing, ack: false);
        _pings.Give(1);
    }

    private void RoundTripMeasured()
    {
        long now = _time.GetTimestamp();
        TimeSpan sample = _time.GetElapsedTime(_roundTripPingAt, now);
        if (sample < TimeSpan.FromMicroseconds(1))
        {
            sample = TimeSpan.FromMicroseconds(1);
        }

        // Measured under load, so the delays of both loops are in it; halved towards the new sample to forget a single slow turn.
        RoundTrip = RoundTrip == TimeSpan.Zero ? sample : (RoundTrip + sample) / 2;
        _roundTripPingAt = 0;
        _roundTripMeasuredAt = now;
    }
}
