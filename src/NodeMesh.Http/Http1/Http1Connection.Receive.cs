using System.Buffers;

namespace NodeMesh.Http.Http1;

/// <summary>How bytes reach the parts of a message.</summary>
public sealed partial class Http1Connection
{
    private const int FirstGather = 512;

    private int _scanned; // of the present line: how many of its bytes are known not to end it
    private long _behind; // bytes that were read, behind the span at hand
    private bool _waits; // the span at hand holds no more that can be used yet
    private bool _stopped; // the handler, or the order of exchanges, lets nothing more in

    /// <summary>
    /// Takes what it can use, and says how far it came. What stays unread is a line that is not complete (at most
    /// <see cref="Http1Options.MaxInputBuffered"/> bytes), what the handler did not take, or the next request: offer it again, with what
    /// came behind it, when more was read, when the handler can take more, when the exchange is over, or when a tunnel was accepted.
    /// </summary>
    public SequencePosition Receive(in ReadOnlySequence<byte> input)
    {
        if (input.IsSingleSegment)
        {
            return input.GetPosition(Receive(input.FirstSpan));
        }
        ReadOnlySequence<byte> rest = input;
        _stopped = false;
        while (!rest.IsEmpty && !_stopped)
        {
            ReadOnlySpan<byte> first = rest.FirstSpan;
            if (first.IsEmpty)
            {
                // Slicing off nothing would leave the empty segment first.
                SequencePosition next = rest.Start;
                rest.TryGet(ref next, out _);
                rest = rest.Slice(next);
                continue;
            }
            bool isInLine = _scanned >= first.Length; // begun in an earlier call, and longer than this segment
            if (!isInLine)
            {
                _behind = rest.Length - first.Length;
                int used = ReceiveSpan(first);
                rest = rest.Slice(used);
                isInLine = _waits && used < first.Length && !_stopped;
            }
            if (isInLine && !ReceiveGathered(ref rest))
            {
                break;
            }
        }
        return rest.Start;
    }

    /// <summary>The same for bytes that lie together; returns how many were used.</summary>
    public int Receive(ReadOnlySpan<byte> input)
    {
        _behind = 0;
        _stopped = false;
        return ReceiveSpan(input);
    }

    /// <summary>
    /// The peer's FIN, once the bytes before it have been offered. It ends a response that is delimited by it, the peer's end of a tunnel,
    /// and an idle connection well. A client that has sent its whole request may wait for the response. Anything else is an error.
    /// </summary>
    public void ReceiveEnd()
    {
        if (_peerEnded)
        {
            return;
        }
        _peerEnded = true;
        switch (_receive)
        {
            case ReceiveState.UntilClose or ReceiveState.Tunnel:
                _receive = ReceiveState.Done;
                _handler.OnData(default, endStream: true);
                break;
            case ReceiveState.Done or ReceiveState.Failed:
                break;
            case ReceiveState.StartLine when _role == Http1Role.Client && _send != SendState.Nothing && !HasResponseBegun:
                Fail(Http1ErrorKind.ClosedBeforeResponse, 502, "the server closed before it answered");
                break;
            case ReceiveState.StartLine when IsIdle:
                break;
            default:
                Fail(Http1ErrorKind.Truncated, 400, "the peer closed within a message");
                break;
        }
    }

    /// <summary>Server: the owner's deadline for the head that is being received has passed. It is answered with 408, and the connection is over.</summary>
    public void ReceiveTimeout()
    {
        if (_role == Http1Role.Server && IsReceivingHead)
        {
            Fail(Http1ErrorKind.SlowHead, 408, "the head did not end in time");
        }
    }

    private int ReceiveSpan(ReadOnlySpan<byte> span)
    {
        int used = 0;
        _waits = false;
        while (used < span.Length && !_waits && !_stopped)
        {
            ReadOnlySpan<byte> rest = span[used..];
            used += _receive switch
            {
                ReceiveState.StartLine => ReceiveStartLine(rest),
                ReceiveState.Fields or ReceiveState.Trailers => ReceiveFields(rest),
                ReceiveState.Length => ReceiveLength(rest),
                ReceiveState.ChunkSize => ReceiveChunkSize(rest),
                ReceiveState.ChunkData => ReceiveChunkData(rest),
                ReceiveState.ChunkEnd => ReceiveChunkEnd(rest),
                ReceiveState.UntilClose or ReceiveState.Tunnel => Deliver(rest, isEnd: false, 0),
                ReceiveState.AwaitsTunnel => Stop(),
                ReceiveState.Done => ReceiveBehindMessage(rest),
                _ => rest.Length,
            };
        }
        return used;
    }

    // A line lies over segments: it is gathered in one piece, as much of the input as that takes.
    private bool ReceiveGathered(ref ReadOnlySequence<byte> rest)
    {
        long size = Math.Min(rest.Length, Math.Max(FirstGather, _scanned * 2L));
        while (true)
        {
            byte[] gathered = ArrayPool<byte>.Shared.Rent((int)size);
            try
            {
                Span<byte> piece = gathered.AsSpan(0, (int)size);
                rest.Slice(0, size).CopyTo(piece);
                _behind = rest.Length - size;
                int used = ReceiveSpan(piece);
                rest = rest.Slice(used);
                if (used > 0 || _stopped)
                {
                    return true;
                }
                if (size == rest.Length)
                {
                    return false;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(gathered);
            }
            size = Math.Min(rest.Length, size * 2);
        }
    }

    private int ReceiveBehindMessage(ReadOnlySpan<byte> rest)
    {
        if (_role == Http1Role.Client)
        {
            // Whatever it is, it was sent before the next request was: it must never be taken for its response.
            Fail(Http1ErrorKind.Unsolicited, 502, "bytes behind the response", Http1Smuggling.SurplusBytes);
            return rest.Length;
        }
        if (_send != SendState.Done)
        {
            return Stop();
        }
        if (_close)
        {
            return rest.Length; // this side said that it closes: what came behind is not answered (RFC 9112, 9.6)
        }
        BeginExchange();
        return 0;
    }

    private int Stop()
    {
        _stopped = true;
        return 0;
    }

    private int Wait(int scanned)
    {
        _scanned = scanned;
        _waits = true;
        return 0;
    }

    // The message was received whole; behind it stand so many bytes of the span at hand.
    private void EndReceive(int left)
    {
        _receive = ReceiveState.Done;
        if (_role == Http1Role.Client)
        {
            _surplus = left + _behind > 0;
        }
    }
}
