using System.Buffers;
using System.Buffers.Binary;

namespace NodeMesh.Http.Http2;

/// <summary>What the frames other than DATA and header blocks do.</summary>
public sealed partial class Http2Connection
{
    private void ReceiveSettings(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (!TakeToken(ref _settings, Http2Flood.SettingsFlood, "too many SETTINGS"))
        {
            return;
        }
        if (header.Has(FrameFlags.Ack))
        {
            ReceiveSettingsAck();
            return;
        }
        _settingsReceived = true;
        bool first = !IsEstablished;
        IsEstablished = true;
        int streamLimit = first ? int.MaxValue : PeerMaxConcurrentStreams;
        while (!payload.IsEmpty)
        {
            var id = (SettingId)BinaryPrimitives.ReadUInt16BigEndian(payload);
            uint value = BinaryPrimitives.ReadUInt32BigEndian(payload[2..]);
            payload = payload[6..];
            if (id == SettingId.MaxConcurrentStreams)
            {
                streamLimit = (int)Math.Min(value, int.MaxValue);
            }
            else if (!ApplySetting(id, value))
            {
                return;
            }
        }
        PeerMaxConcurrentStreams = streamLimit;
        WriteFrame(FrameType.Settings, FrameFlags.Ack, 0, default);
        if (CountAnswer(FrameHeader.Length))
        {
            _handler.OnPeerSettings();
            WakeWaiting();
        }
    }

    private bool ApplySetting(SettingId id, uint value)
    {
        switch (id)
        {
            case SettingId.HeaderTableSize:
                _encoder.SetPeerTableSize(value);
                return true;
            case SettingId.EnablePush:
                return (value == 0 || (value == 1 && _role == Http2Role.Server))
                    || Fail(Http2ErrorCode.ProtocolError, "SETTINGS_ENABLE_PUSH is not valid");
            case SettingId.InitialWindowSize:
                return value > int.MaxValue
                    ? Fail(Http2ErrorCode.FlowControlError, "SETTINGS_INITIAL_WINDOW_SIZE is above 2^31-1")
                    : ApplyPeerInitialWindow((int)value);
            case SettingId.MaxFrameSize:
                if (value is < FrameHeader.LeastMaxPayload or > FrameHeader.GreatestMaxPayload)
                {
                    return Fail(Http2ErrorCode.ProtocolError, "SETTINGS_MAX_FRAME_SIZE is out of range");
                }
                _peerMaxFrameSize = (int)value;
                return true;
            case SettingId.MaxHeaderListSize:
                PeerMaxHeaderListSize = value;
                return true;
            case SettingId.EnableConnectProtocol:
                if (value > 1 || (PeerAllowsExtendedConnect && value == 0))
                {
                    return Fail(Http2ErrorCode.ProtocolError, "SETTINGS_ENABLE_CONNECT_PROTOCOL is not valid");
                }
                PeerAllowsExtendedConnect = value == 1;
                return true;
            default:
                return true; // unknown settings are ignored (RFC 9113, 6.5.2)
        }
    }

    private void ReceiveSettingsAck()
    {
        if (SettingsAcknowledged)
        {
            return; // one that nothing asked for means nothing
        }
        SettingsAcknowledged = true;
        _decoder.SetAllowedTableSize(_options.HeaderTableSize);

        // Until now a peer that had not seen our setting could use the protocol's default window.
        int difference = _options.InitialStreamWindow - _ackedInitialWindow;
        _ackedInitialWindow = _options.InitialStreamWindow;
        if (difference != 0)
        {
            for (Http2Stream? stream = _streams.First; stream is not null; stream = stream.NextOpened)
            {
                stream.ReceiveWindow += difference;
                stream.ReceiveWindowSize += difference;
            }
        }
    }

    private void ReceivePing(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (!TakeToken(ref _pings, Http2Flood.PingFlood, "too many PINGs"))
        {
            return;
        }
        ulong opaque = BinaryPrimitives.ReadUInt64BigEndian(payload);
        if (!header.Has(FrameFlags.Ack))
        {
            WritePing(opaque, ack: true);
            CountAnswer(FrameHeader.Length + 8);
            return;
        }
        if (_drainPingSent && opaque == DrainPing)
        {
            _drainPingSent = false;
            if (_goAwaySentLastId == int.MaxValue)
            {
                SendFinalGoAway(Http2ErrorCode.NoError, default);
            }
            return;
        }
        if (_roundTripPingAt != 0 && opaque == RoundTripPing)
        {
            RoundTripMeasured();
            return;
        }
        _handler.OnPingAck(opaque);
    }

    private void ReceiveGoAway(ReadOnlySpan<byte> payload)
    {
        if (!TakeToken(ref _goAways, Http2Flood.GoAwayFlood, "too many GOAWAYs"))
        {
            return;
        }
        int lastId = BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue;
        var code = (Http2ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload[4..]);
        if (lastId > _goAwayReceivedLastId)
        {
            Fail(Http2ErrorCode.ProtocolError, "a GOAWAY that takes back what one before it said"); // RFC 9113, 6.8
            return;
        }
        _goAwayReceived = true;
        _goAwayReceivedLastId = lastId;
        _handler.OnGoAway(lastId, code);
        if (_role == Http2Role.Client && !_closed)
        {
            ResetStreams(lastId, Http2ErrorCode.RefusedStream);
        }
    }

    private void ReceiveReset(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        Http2Stream? stream = _streams.Find(header.StreamId);
        if (stream is null)
        {
            if (IsIdle(header.StreamId))
            {
                Fail(Http2ErrorCode.ProtocolError, "RST_STREAM on a stream that was not opened");
                return;
            }
            TakeToken(ref _lateResets, Http2Flood.ResetFlood, "too many RST_STREAM on closed streams");
            return;
        }
        if (_role == Http2Role.Server && !stream.Answered
            && !TakeToken(ref _rapidResets, Http2Flood.RapidReset, "too many requests reset before an answer"))
        {
            return;
        }
        var code = (Http2ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload);
        stream.ResetByPeer = true;
        CloseStream(stream, ClosedReason.ResetByPeer);
        _handler.OnReset(stream, code);
    }

    private void ReceivePriority(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (!TakeToken(ref _priorities, Http2Flood.PriorityFlood, "too many PRIORITY frames"))
        {
            return;
        }
        Http2Stream? stream = _streams.Find(header.StreamId);
        (Http2ErrorCode code, string reason) = header.PayloadLength != 5
            ? (Http2ErrorCode.FrameSizeError, "PRIORITY of the wrong length")
            : DependsOnItself(payload, header.StreamId)
                ? (Http2ErrorCode.ProtocolError, "a stream that depends on itself")
                : (Http2ErrorCode.NoError, string.Empty);
        if (code == Http2ErrorCode.NoError)
        {
            return; // priorities are ignored (RFC 9113, 5.3.2)
        }
        if (stream is not null)
        {
            StreamError(stream, code, reason);
        }
        else
        {
            Fail(code, reason); // RST_STREAM must not be sent on an idle stream
        }
    }

    private static bool DependsOnItself(ReadOnlySpan<byte> priority, int streamId) =>
        (BinaryPrimitives.ReadInt32BigEndian(priority) & int.MaxValue) == streamId;

    // Ends every stream above the id, and tells the handler of each. Callbacks may change the table, so it is copied first; a stream that
    // they close may by now be another's, but not ours again: this connection opens none any more.
    private void ResetStreams(int aboveId, Http2ErrorCode code)
    {
        int count = 0;
        Http2Stream[] doomed = ArrayPool<Http2Stream>.Shared.Rent(_streams.Count);
        for (Http2Stream? stream = _streams.First; stream is not null; stream = stream.NextOpened)
        {
            if (stream.Id > aboveId)
            {
                doomed[count++] = stream;
            }
        }
        for (int i = 0; i < count; i++)
        {
            Http2Stream stream = doomed[i];
            if (stream.IsOpenOn(this))
            {
                CloseStream(stream, ClosedReason.ResetByUs);
                _handler.OnReset(stream, code);
            }
        }
        doomed.AsSpan(0, count).Clear();
        ArrayPool<Http2Stream>.Shared.Return(doomed);
    }
}
