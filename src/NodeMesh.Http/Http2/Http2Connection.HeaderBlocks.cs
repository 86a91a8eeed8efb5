using System.Buffers;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Hpack;

namespace NodeMesh.Http.Http2;

/// <summary>Header blocks: gathered over CONTINUATION, decoded, checked, and handed on as requests, responses or trailers.</summary>
public sealed partial class Http2Connection
{
    private const string ListTooLarge = "the header list is above the limit";

    private byte[] _block = []; // rented while a block is spread over frames
    private int _blockLength;
    private int _blockStreamId; // not 0: CONTINUATION must follow
    private int _blockFrames;
    private bool _blockEndsStream;
    private bool _blockDependsOnItself;

    private void ReceiveHeaders(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        _pings.Give(1);
        bool endsStream = header.Has(FrameFlags.EndStream);
        if (header.Has(FrameFlags.Padded))
        {
            int padding = payload[0];
            payload = payload[1..];
            if (padding > payload.Length)
            {
                Fail(Http2ErrorCode.ProtocolError, "padding longer than its frame");
                return;
            }
            payload = payload[..^padding];
        }
        _blockDependsOnItself = false;
        if (header.Has(FrameFlags.Priority))
        {
            if (payload.Length < 5)
            {
                Fail(Http2ErrorCode.FrameSizeError, "HEADERS too short for its priority");
                return;
            }
            _blockDependsOnItself = DependsOnItself(payload, header.StreamId);
            payload = payload[5..];
        }
        bool endsBlock = header.Has(FrameFlags.EndHeaders);
        if (!CountEmpty(payload.IsEmpty && !endsBlock))
        {
            return;
        }
        if (endsBlock)
        {
            ReceiveBlock(header.StreamId, payload, endsStream);
            return;
        }
        _blockStreamId = header.StreamId;
        _blockEndsStream = endsStream;
        _blockFrames = 0;
        AppendToBlock(payload);
    }

    private void ReceiveContinuation(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        bool endsBlock = header.Has(FrameFlags.EndHeaders);
        if (!CountEmpty(payload.IsEmpty && !endsBlock))
        {
            return;
        }
        if (++_blockFrames > _options.MaxContinuationFrames)
        {
            Fail(Http2ErrorCode.EnhanceYourCalm, "too many CONTINUATION frames", Http2Flood.ContinuationFlood);
            return;
        }
        if (!AppendToBlock(payload) || !endsBlock)
        {
            return;
        }
        byte[] block = _block;
        int length = _blockLength;
        ReleaseBlock();
        ReceiveBlock(header.StreamId, block.AsSpan(0, length), _blockEndsStream);
        ReturnBlock(block);
    }

    private bool AppendToBlock(ReadOnlySpan<byte> fragment)
    {
        int length = _blockLength + fragment.Length;
        if (length > _options.MaxHeaderBlockSize)
        {
            return Fail(Http2ErrorCode.EnhanceYourCalm, "a header block above the limit", Http2Flood.HeaderListTooLarge);
        }
        if (length > _block.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, 4096));
            _block.AsSpan(0, _blockLength).CopyTo(larger);
            ReturnBlock(_block);
            _block = larger;
        }
        fragment.CopyTo(_block.AsSpan(_blockLength));
        _blockLength = length;
        return true;
    }

    private void ReleaseBlock()
    {
        _block = [];
        _blockLength = 0;
        _blockStreamId = 0;
    }

    private void DropBlock()
    {
        ReturnBlock(_block);
        ReleaseBlock();
    }

    private static void ReturnBlock(byte[] block)
    {
        if (block.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private void ReceiveBlock(int id, ReadOnlySpan<byte> block, bool endsStream)
    {
        if (block.Length > _options.MaxHeaderBlockSize)
        {
            Fail(Http2ErrorCode.EnhanceYourCalm, "a header block above the limit", Http2Flood.HeaderListTooLarge);
            return;
        }

        // Decoded whatever becomes of the stream: the table must stay in step.
        HpackError error = _decoder.Decode(block, _received, _options.MaxHeaderListSize, _options.MaxHeaderFields, out bool overLimit);
        if (error != HpackError.None)
        {
            Fail(Http2ErrorCode.CompressionError, DescribeError(error));
        }
        else if (_streams.Find(id) is { } stream)
        {
            ReceiveStreamHeaders(stream, endsStream, overLimit);
        }
        else if (_role == Http2Role.Server && (id & 1) == 1 && id > _lastPeerStreamId)
        {
            ReceiveRequest(id, endsStream, overLimit);
        }
        else
        {
            ReceiveHeadersOnClosed(id);
        }
        _received.Trim();
    }

    private void ReceiveRequest(int id, bool endsStream, bool overLimit)
    {
        _lastPeerStreamId = id;
        StreamsOpened++;
        _priorities.Give(100);
        _windowUpdates.Give(2);
        bool isDraining = id > _goAwaySentLastId;
        if (isDraining || _streams.Count >= _options.MaxConcurrentStreams)
        {
            if (TakeToken(ref _refusedStreams, Http2Flood.RefusedStreams, "too many streams above the limit"))
            {
                RefuseStream(
                    id,
                    isDraining ? Http2StreamFault.Draining : Http2StreamFault.TooManyStreams,
                    Http2ErrorCode.RefusedStream,
                    isDraining ? "a stream behind the last GOAWAY" : "more streams than SETTINGS_MAX_CONCURRENT_STREAMS");
            }
            return;
        }
        if (overLimit)
        {
            ReceiveTooLarge(id, endsStream);
            return;
        }
        string? reason = HeaderRules.CheckRequest(_received, _options.AllowExtendedConnect, out long contentLength);
        reason ??= _blockDependsOnItself ? "a stream that depends on itself" : null;
        reason ??= endsStream && contentLength > 0 ? "content-length without a body" : null;
        if (reason is not null)
        {
            RejectFrame(id, Http2ErrorCode.ProtocolError, reason);
            return;
        }
        Http2Stream stream = AddStream(id, state: null);
        StreamsOpened--; // counted above, refused or not
        stream.IsConnect = _received.TryGet(KnownHeader.Method, out ReadOnlySpan<byte> method) && method.SequenceEqual("CONNECT"u8);
        stream.ExpectedBytes = stream.IsConnect ? -1 : contentLength;
        stream.RemoteEnded = endsStream;
        _handler.OnHeaders(stream, _received, endsStream);
    }

    // The owner may answer in words that HTTP has for it (431); otherwise the stream is reset.
    private void ReceiveTooLarge(int id, bool endsStream)
    {
        if (!TakeToken(ref _streamErrors, Http2Flood.MadeYouReset, "too many stream errors"))
        {
            return;
        }
        Http2Stream stream = AddStream(id, state: null);
        StreamsOpened--; // counted already
        stream.RemoteEnded = endsStream;
        if (_handler.OnHeadersTooLarge(stream, endsStream))
        {
            return;
        }
        CloseStream(stream, ClosedReason.ResetByUs);
        Release(stream);
        WriteReset(id, Http2ErrorCode.EnhanceYourCalm);
        _handler.OnStreamError(id, Http2StreamFault.HeaderListTooLarge, Http2ErrorCode.EnhanceYourCalm, ListTooLarge);
        CountAnswer(FrameHeader.Length + 4);
    }

    private void ReceiveStreamHeaders(Http2Stream stream, bool endsStream, bool overLimit)
    {
        if (stream.RemoteEnded)
        {
            StreamError(stream, Http2ErrorCode.StreamClosed, "HEADERS after the end of the stream");
        }
        else if (overLimit)
        {
            StreamError(stream, Http2ErrorCode.EnhanceYourCalm, ListTooLarge, Http2StreamFault.HeaderListTooLarge);
        }
        else if (_blockDependsOnItself)
        {
            StreamError(stream, Http2ErrorCode.ProtocolError, "a stream that depends on itself");
        }
        else if (_role == Http2Role.Client && !stream.Answered)
        {
            ReceiveResponse(stream, endsStream);
        }
        else
        {
            ReceiveTrailers(stream, endsStream);
        }
    }

    private void ReceiveResponse(Http2Stream stream, bool endsStream)
    {
        string? reason = HeaderRules.CheckResponse(_received, out int status, out long contentLength);
        if (reason is null && status is >= 100 and < 200)
        {
            reason = endsStream ? "an interim response that ends the stream" : status == 101 ? "status 101 in HTTP/2" : null;
            if (reason is null && ++stream.InterimResponses > _options.MaxInterimResponses)
            {
                StreamError(stream, Http2ErrorCode.EnhanceYourCalm, "too many interim responses", Http2StreamFault.TooManyInterimResponses);
                return;
            }
            if (reason is null)
            {
                _handler.OnInformational(stream, _received);
                return;
            }
        }
        bool bodiless = stream.IsHeadRequest || status is 204 or 304;
        if (reason is null && endsStream && contentLength > 0 && !bodiless && !stream.IsConnect)
        {
            reason = "content-length without a body";
        }
        if (reason is not null)
        {
            StreamError(stream, Http2ErrorCode.ProtocolError, reason);
            return;
        }
        stream.Answered = true;
        stream.IsTunnel = stream.IsConnect && status is >= 200 and < 300;
        stream.ExpectedBytes = stream.IsTunnel ? -1 : bodiless ? 0 : contentLength;
        if (endsStream)
        {
            EndRemote(stream);
        }
        _handler.OnHeaders(stream, _received, endsStream);
    }

    private void ReceiveTrailers(Http2Stream stream, bool endsStream)
    {
        string? reason = stream.IsTunnel ? "HEADERS in a tunnel" // RFC 9113, 8.5
            : endsStream ? HeaderRules.CheckTrailers(_received)
            : "trailers that do not end the stream";
        if (reason is null && stream.ExpectedBytes >= 0 && stream.ReceivedBytes != stream.ExpectedBytes)
        {
            reason = "DATA disagrees with content-length";
        }
        if (reason is not null)
        {
            StreamError(stream, Http2ErrorCode.ProtocolError, reason);
            return;
        }
        EndRemote(stream);
        FieldPolicy.RemoveFromTrailers(_received);
        if (_received.Count == 0)
        {
            _handler.OnData(stream, default, endStream: true);
        }
        else
        {
            _handler.OnTrailers(stream, _received);
        }
    }

    private void ReceiveHeadersOnClosed(int id)
    {
        if (IsIdle(id))
        {
            Fail(Http2ErrorCode.ProtocolError, "HEADERS on a stream that the peer cannot open");
            return;
        }
        switch (FindClosed(id))
        {
            case ClosedReason.ResetByUs when _blocksUnderWay > 0:
                _blocksUnderWay--;
                break;
            case ClosedReason.ResetByUs:
                TakeToken(ref _streamErrors, Http2Flood.MadeYouReset, "too many header blocks on streams that were reset");
                break;
            case ClosedReason.ResetByPeer:
                RejectFrame(id, Http2ErrorCode.StreamClosed, "HEADERS behind RST_STREAM");
                break;
            case ClosedReason.Ended:
                Fail(Http2ErrorCode.StreamClosed, "HEADERS on a closed stream");
                break;
            default:
                Fail(Http2ErrorCode.ProtocolError, "a stream id that is not above the last");
                break;
        }
    }

    private static string DescribeError(HpackError error) => error switch
    {
        HpackError.Truncated => "a header block that ends in the middle of a field",
        HpackError.IntegerTooLarge => "an integer in a header block that is too large",
        HpackError.IndexOutOfRange => "an index outside the header tables",
        HpackError.HuffmanInvalid => "a Huffman string that is not valid",
        HpackError.TableSizeTooLarge => "a table size above SETTINGS_HEADER_TABLE_SIZE",
        HpackError.TableSizeMisplaced => "a table size update that is not at the start",
        _ => "a table size update that is missing",
    };
}
