using System.Diagnostics;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>The bodies received: by length, in chunks (RFC 9112, 7.1), until the close, and raw.</summary>
public sealed partial class Http1Connection
{
    private long _remaining; // of the body or chunk
    private int _chunkExtensions;

    private int ReceiveLength(ReadOnlySpan<byte> rest)
    {
        int length = (int)Math.Min(_remaining, rest.Length);
        return Deliver(rest[..length], isEnd: length == _remaining, rest.Length - length);
    }

    private int ReceiveChunkData(ReadOnlySpan<byte> rest)
    {
        int length = (int)Math.Min(_remaining, rest.Length);
        int exchange = _exchange;
        int used = Deliver(rest[..length], isEnd: false, 0);
        if (exchange == _exchange && _receive == ReceiveState.ChunkData && _remaining == 0)
        {
            _receive = ReceiveState.ChunkEnd;
        }
        return used;
    }

    // Hands a piece on. The end counts before the handler hears of it, and is taken back when it did not take the whole piece.
    private int Deliver(ReadOnlySpan<byte> data, bool isEnd, int left)
    {
        ReceiveState state = _receive;
        int exchange = _exchange;
        WantsContinue = false;
        if (isEnd)
        {
            EndReceive(left);
        }
        int taken = _handler.OnData(data, isEnd);
        Debug.Assert(taken >= 0 && taken <= data.Length, "a handler takes no more than it was given");
        if (exchange != _exchange)
        {
            return data.Length;
        }
        if (taken < data.Length)
        {
            _stopped = true;
            if (isEnd && _receive == ReceiveState.Done)
            {
                _receive = state;
                _surplus = false;
            }
        }
        _remaining -= taken;
        return taken;
    }

    private int ReceiveChunkEnd(ReadOnlySpan<byte> rest)
    {
        if (rest[0] != (byte)'\r' || (rest.Length > 1 && rest[1] != (byte)'\n'))
        {
            FailChunk("chunk data is not followed by CRLF");
            return rest.Length;
        }
        if (rest.Length == 1)
        {
            return Wait(0);
        }
        _receive = ReceiveState.ChunkSize;
        return 2;
    }

    private int ReceiveChunkSize(ReadOnlySpan<byte> rest)
    {
        // The most usual line is short: digits and CRLF.
        long size = 0;
        int digits = 0;
        while (digits < rest.Length && HexValue(rest[digits]) is int value and >= 0)
        {
            if (digits == _options.MaxChunkSizeDigits || size > long.MaxValue >> 4)
            {
                FailChunk("a chunk size beyond 64 bits or too many digits");
                return rest.Length;
            }
            size = (size << 4) | (uint)value;
            digits++;
        }
        if (digits == rest.Length)
        {
            return Wait(0); // a few digits are read again
        }
        if (digits == 0 || rest[digits] is not ((byte)'\r' or (byte)';'))
        {
            FailChunk("a chunk size that is not hexadecimal digits");
            return rest.Length;
        }
        int end = digits;
        if (rest[digits] == (byte)';')
        {
            int from = Math.Max(digits, _scanned);
            int length = rest[from..].IndexOfAny(FieldSyntax.ValueForbidden);
            end = length < 0 ? rest.Length : from + length;
            if (end - digits > _options.MaxChunkExtension || _chunkExtensions + (end - digits) > _options.MaxChunkExtensions)
            {
                FailChunk("chunk extensions are too long");
                return rest.Length;
            }
            if (length < 0)
            {
                return Wait(end);
            }
        }
        if (rest[end] != (byte)'\r' || (end + 1 < rest.Length && rest[end + 1] != (byte)'\n'))
        {
            FailChunk("a chunk size line does not end with CRLF");
            return rest.Length;
        }
        if (end + 1 == rest.Length)
        {
            return Wait(end);
        }
        _scanned = 0;
        _chunkExtensions += end - digits;
        _remaining = size;
        if (size > 0)
        {
            _receive = ReceiveState.ChunkData;
        }
        else
        {
            _receive = ReceiveState.Trailers;
            BeginHead();
        }
        return end + 2;
    }

    private void FinishTrailers(int left)
    {
        EndReceive(left);
        WantsContinue = false;
        if (_received.Count == 0)
        {
            _handler.OnData(default, endStream: true);
        }
        else
        {
            _handler.OnTrailers(_received);
        }
    }

    private static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    private void FailChunk(string reason) => Fail(Http1ErrorKind.BadChunk, 400, reason, Http1Smuggling.ChunkSyntax);
}
