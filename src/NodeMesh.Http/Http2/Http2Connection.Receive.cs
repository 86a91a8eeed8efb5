using System.Buffers;

namespace NodeMesh.Http.Http2;

/// <summary>Takes bytes apart into frames. DATA is handed on as it arrives, other frames whole.</summary>
public sealed partial class Http2Connection
{
    private bool _receiving;
    private int _prefaceLeft;
    private bool _settingsReceived;
    private int _emptyFrames;

    // The DATA frame in the middle of which we are.
    private Http2Stream? _dataStream; // null: the payload is dropped
    private int _dataLeft;
    private bool _dataEndsStream;
    private int _skipLeft; // padding, or the payload of a frame we ignore

    /// <summary>
    /// Takes what has arrived and gives how many bytes were used; the rest is to be offered again with more behind it, at most
    /// <see cref="Http2Options.MaxInputBuffered"/>. After an error everything is taken and ignored.
    /// </summary>
    public int Receive(ReadOnlySpan<byte> input)
    {
        EnterReceive();
        try
        {
            return ReceiveFrames(input);
        }
        finally
        {
            _receiving = false;
        }
    }

    /// <summary>Like <see cref="Receive(ReadOnlySpan{byte})"/>, over several segments; gives the position up to which bytes were used.</summary>
    public SequencePosition Receive(in ReadOnlySequence<byte> input)
    {
        if (input.IsSingleSegment)
        {
            return input.GetPosition(Receive(input.FirstSpan));
        }
        EnterReceive();
        try
        {
            ReadOnlySequence<byte> rest = input;
            while (!rest.IsEmpty)
            {
                int segment = rest.FirstSpan.Length;
                int used = ReceiveFrames(rest.FirstSpan);
                rest = rest.Slice(used);
                if (segment > 0 && used == segment)
                {
                    continue;
                }

                // A header or a small frame lies across segments.
                int needed = BytesNeeded(rest);
                if (rest.Length < needed)
                {
                    break;
                }
                byte[] joined = ArrayPool<byte>.Shared.Rent(needed);
                rest.Slice(0, needed).CopyTo(joined);
                used = ReceiveFrames(joined.AsSpan(0, needed));
                ArrayPool<byte>.Shared.Return(joined);
                rest = rest.Slice(used);
            }
            return rest.Start;
        }
        finally
        {
            _receiving = false;
        }
    }

    private void EnterReceive()
    {
        if (_receiving || !_started)
        {
            throw new InvalidOperationException("Receive is called on a started connection, and not from inside a callback.");
        }
        _receiving = true;
    }

    private int ReceiveFrames(ReadOnlySpan<byte> input)
    {
        int used = 0;
        while (!_closed)
        {
            int step = ReceiveStep(input[used..]);
            if (step == 0 && !_closed)
            {
                return used;
            }
            used += step;
        }
        return input.Length;
    }

    // One piece: part of a payload, or a whole frame, or the start of a DATA frame. 0 when more bytes are needed.
    private int ReceiveStep(ReadOnlySpan<byte> input)
    {
        if (_dataLeft > 0)
        {
            int length = Math.Min(_dataLeft, input.Length);
            if (length > 0)
            {
                DeliverData(input[..length]);
            }
            return length;
        }
        if (_skipLeft > 0)
        {
            int length = Math.Min(_skipLeft, input.Length);
            _skipLeft -= length;
            return length;
        }
        if (_prefaceLeft > 0)
        {
            return ReceivePreface(input);
        }
        if (input.Length < FrameHeader.Length)
        {
            return 0;
        }

        FrameHeader header = FrameHeader.Read(input);
        if (!CheckFrame(header))
        {
            return 0;
        }
        int needed = BytesNeeded(header);
        if (input.Length < needed)
        {
            return 0;
        }
        ReadOnlySpan<byte> payload = input[FrameHeader.Length..needed];
        switch (header.Type)
        {
            case FrameType.Data:
                ReceiveDataStart(header, payload);
                break;
            case FrameType.Headers:
                ReceiveHeaders(header, payload);
                break;
            case FrameType.Priority:
                _skipLeft = header.PayloadLength - payload.Length;
                ReceivePriority(header, payload);
                break;
            case FrameType.ResetStream:
                ReceiveReset(header, payload);
                break;
            case FrameType.Settings:
                ReceiveSettings(header, payload);
                break;
            case FrameType.Ping:
                ReceivePing(header, payload);
                break;
            case FrameType.GoAway:
                _skipLeft = header.PayloadLength - payload.Length;
                ReceiveGoAway(payload);
                break;
            case FrameType.WindowUpdate:
                ReceiveWindowUpdate(header, payload);
                break;
            case FrameType.Continuation:
                ReceiveContinuation(header, payload);
                break;
            default:
                _skipLeft = header.PayloadLength;
                TakeToken(ref _unknownFrames, Http2Flood.UnknownFrames, "too many frames of unknown types");
                break;
        }
        return needed;
    }

    private int ReceivePreface(ReadOnlySpan<byte> input)
    {
        int length = Math.Min(_prefaceLeft, input.Length);
        if (!ClientPreface.Slice(ClientPreface.Length - _prefaceLeft, length).SequenceEqual(input[..length]))
        {
            Fail(Http2ErrorCode.ProtocolError, "the connection does not start with the HTTP/2 preface");
        }
        _prefaceLeft -= length;
        return length;
    }

    private int BytesNeeded(in ReadOnlySequence<byte> rest)
    {
        if (_closed || _dataLeft > 0 || _skipLeft > 0 || _prefaceLeft > 0)
        {
            return 1;
        }
        if (rest.Length < FrameHeader.Length)
        {
            return FrameHeader.Length;
        }
        Span<byte> header = stackalloc byte[FrameHeader.Length];
        rest.Slice(0, FrameHeader.Length).CopyTo(header);
        return BytesNeeded(FrameHeader.Read(header));
    }

    private static int BytesNeeded(FrameHeader header) => FrameHeader.Length + header.Type switch
    {
        FrameType.Data => header.Has(FrameFlags.Padded) ? Math.Min(1, header.PayloadLength) : 0,
        FrameType.GoAway => Math.Min(8, header.PayloadLength),
        FrameType.Priority => Math.Min(5, header.PayloadLength),
        <= FrameType.Continuation => header.PayloadLength,
        _ => 0,
    };

    // What can be told from the header alone, before any payload is waited for.
    private bool CheckFrame(FrameHeader header)
    {
        if (header.PayloadLength > _options.MaxFrameSize)
        {
            return Fail(Http2ErrorCode.FrameSizeError, "a frame longer than SETTINGS_MAX_FRAME_SIZE");
        }
        if (!_settingsReceived && (header.Type != FrameType.Settings || header.Has(FrameFlags.Ack)))
        {
            return Fail(Http2ErrorCode.ProtocolError, "the first frame is not SETTINGS");
        }
        if (_blockStreamId != 0 && (header.Type != FrameType.Continuation || header.StreamId != _blockStreamId))
        {
            return Fail(Http2ErrorCode.ProtocolError, "a frame inside another stream's header block");
        }
        switch (header.Type)
        {
            case FrameType.Data or FrameType.Headers or FrameType.Priority or FrameType.ResetStream or FrameType.Continuation
                when header.StreamId == 0:
                return Fail(Http2ErrorCode.ProtocolError, "a stream's frame on stream 0");
            case FrameType.Settings or FrameType.Ping or FrameType.GoAway when header.StreamId != 0:
                return Fail(Http2ErrorCode.ProtocolError, "a connection's frame on a stream");
            case FrameType.Headers or FrameType.Continuation
                when header.PayloadLength > _options.MaxHeaderBlockSize + HeadersOverhead - _blockLength:
                return Fail(Http2ErrorCode.EnhanceYourCalm, "a header block above the limit", Http2Flood.HeaderListTooLarge);
            case FrameType.Settings when header.PayloadLength > MaxSettingsPayload:
                return Fail(Http2ErrorCode.EnhanceYourCalm, "a SETTINGS frame above the limit", Http2Flood.SettingsFlood);
            case FrameType.Settings when header.PayloadLength % 6 != 0 || (header.Has(FrameFlags.Ack) && header.PayloadLength != 0):
            case FrameType.ResetStream or FrameType.WindowUpdate when header.PayloadLength != 4:
            case FrameType.Ping when header.PayloadLength != 8:
            case FrameType.GoAway when header.PayloadLength < 8:
            case FrameType.Data or FrameType.Headers when header.Has(FrameFlags.Padded) && header.PayloadLength == 0:
                return Fail(Http2ErrorCode.FrameSizeError, "a frame of the wrong length for its type");
            case FrameType.PushPromise:
                return Fail(Http2ErrorCode.ProtocolError, "PUSH_PROMISE, although push is disabled");
            case FrameType.Continuation when _blockStreamId == 0:
                return Fail(Http2ErrorCode.ProtocolError, "CONTINUATION without a header block");
            default:
                return true;
        }
    }

    private void ReceiveDataStart(FrameHeader header, ReadOnlySpan<byte> start)
    {
        int padding = 0;
        if (header.Has(FrameFlags.Padded))
        {
            padding = start[0] + 1;
            if (padding > header.PayloadLength)
            {
                Fail(Http2ErrorCode.ProtocolError, "padding longer than its frame");
                return;
            }
        }
        bool endsStream = header.Has(FrameFlags.EndStream);
        int data = header.PayloadLength - padding;
        if (!CountEmpty(data == 0 && !endsStream) || !ReceiveConnectionCredit(header.PayloadLength))
        {
            return;
        }
        _pings.Give(1);

        _dataStream = FindDataStream(header);
        if (_closed)
        {
            return;
        }
        _dataLeft = data;
        _dataEndsStream = endsStream;
        _skipLeft = Math.Max(0, padding - 1); // the length byte is used already
        if (_dataStream is not null && padding > 0)
        {
            _dataStream.Consume(padding);
        }
        if (data == 0)
        {
            DeliverData(default);
        }
    }

    // The stream that takes this frame, or null when it is dropped or wrong.
    private Http2Stream? FindDataStream(FrameHeader header)
    {
        int id = header.StreamId;
        Http2Stream? stream = _streams.Find(id);
        if (stream is null)
        {
            ReceiveDataOnClosed(id, header.PayloadLength);
            return null;
        }
        if (stream.RemoteEnded)
        {
            StreamError(stream, Http2ErrorCode.StreamClosed, "DATA after the end of the stream");
            return null;
        }
        if (_role == Http2Role.Client && !stream.Answered)
        {
            StreamError(stream, Http2ErrorCode.ProtocolError, "DATA before the response");
            return null;
        }
        if (header.PayloadLength > stream.ReceiveWindow)
        {
            StreamError(stream, Http2ErrorCode.FlowControlError, "more DATA than the stream's window");
            return null;
        }
        stream.ReceiveWindow -= header.PayloadLength;
        return stream;
    }

    private void ReceiveDataOnClosed(int id, int length)
    {
        if (IsIdle(id))
        {
            Fail(Http2ErrorCode.ProtocolError, "DATA on a stream that was not opened");
            return;
        }
        switch (FindClosed(id))
        {
            case ClosedReason.ResetByUs:
                if (!_resetStreams.TryTakeWindow(id, length))
                {
                    Fail(Http2ErrorCode.FlowControlError, "more DATA than the window of a stream that was reset");
                }
                break;
            case ClosedReason.ResetByPeer:
                RejectFrame(id, Http2ErrorCode.StreamClosed, "DATA behind RST_STREAM");
                break;
            default:
                Fail(Http2ErrorCode.StreamClosed, "DATA on a closed stream");
                break;
        }
    }

    private void DeliverData(ReadOnlySpan<byte> data)
    {
        Http2Stream? stream = _dataStream;
        _dataLeft -= data.Length;
        bool ends = _dataEndsStream && _dataLeft == 0;
        if (_dataLeft == 0)
        {
            _dataStream = null;
        }
        if (stream is null || stream.IsClosed || (data.IsEmpty && !ends))
        {
            return;
        }
        stream.ReceivedBytes += data.Length;
        if (stream.ExpectedBytes >= 0
            && (stream.ReceivedBytes > stream.ExpectedBytes || (ends && stream.ReceivedBytes != stream.ExpectedBytes)))
        {
            _dataStream = null;
            StreamError(stream, Http2ErrorCode.ProtocolError, "DATA disagrees with content-length");
            return;
        }
        if (ends)
        {
            EndRemote(stream);
        }
        _handler.OnData(stream, data, ends);
    }

    // Frames that carry nothing and end nothing are only good for keeping us busy.
    private bool CountEmpty(bool isEmpty)
    {
        if (!isEmpty)
        {
            _emptyFrames = 0;
            return true;
        }
        return ++_emptyFrames <= _options.MaxConsecutiveEmptyFrames
            || Fail(Http2ErrorCode.EnhanceYourCalm, "empty frames, one after the other", Http2Flood.EmptyFrames);
    }
}
