using System.Buffers;
using System.Buffers.Text;
using NodeMesh.Http.Headers;

namespace NodeMesh.Http.Http1;

/// <summary>
/// Writing bodies and trailers. Whatever would let the next hop see another message than this one is refused: the write returns false,
/// <see cref="Refusal"/> says why, and the connection is not used again.
/// </summary>
public sealed partial class Http1Connection
{
    private const int MaxCopied = 16 * 1024; // a larger piece is not asked for in one span
    private const int ChunkOverhead = 16 + 2 + 2 + 5;

    private long _sendRemaining; // of the declared length

    /// <summary>
    /// Server: an interim (1xx) or the final response; client: a request, where <see cref="IsIdle"/>. False when it cannot be said in
    /// HTTP/1.1 safely; nothing was written then, and the owner may write another.
    /// </summary>
    public bool WriteHeaders(HeaderList headers, bool endStream)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return _role == Http1Role.Server ? WriteResponse(headers, endStream) : WriteRequest(headers, endStream);
    }

    /// <summary>
    /// Writes a piece of the body, all of it: chunked when its length was not declared, dropped where the response has no body. False when
    /// it is more than was declared, or <paramref name="endStream"/> comes before all of it was written: nothing of the piece was written then, and
    /// the owner must abort the connection, so that the peer sees the message cut short.
    /// </summary>
    public bool WriteData(ReadOnlySpan<byte> data, bool endStream)
    {
        switch (_send)
        {
            case SendState.NoBody:
                break;
            case SendState.Length:
                if (data.Length > _sendRemaining)
                {
                    return Break("more data than content-length");
                }
                if (endStream && data.Length < _sendRemaining)
                {
                    return Break("less data than content-length");
                }
                _sendRemaining -= data.Length;
                _output.Write(data);
                break;
            case SendState.Chunked:
                WriteChunk(data, endStream);
                break;
            case SendState.UntilClose or SendState.Tunnel:
                _output.Write(data);
                break;
            case SendState.AwaitsTunnel:
                return Refuse("data before the tunnel was accepted");
            default:
                return Break("data where none belongs");
        }
        if (endStream)
        {
            EndSend();
        }
        return true;
    }

    /// <summary>Ends the body with fields behind it; they are dropped where the body is not chunked. False as with <see cref="WriteData"/>.</summary>
    public bool WriteTrailers(HeaderList trailers)
    {
        ArgumentNullException.ThrowIfNull(trailers);
        if (_send != SendState.Chunked)
        {
            return WriteData(default, endStream: true);
        }
        var writer = new HeadWriter(_output.GetSpan(trailers.Size + ChunkOverhead));
        writer.Write("0\r\n"u8);
        foreach (HeaderField field in trailers)
        {
            if (CheckField(field) is string reason)
            {
                return Break(reason);
            }
            if (FieldPolicy.MayBeTrailer(field.Id, field.Name))
            {
                writer.WriteField(field);
            }
        }
        writer.EndLine();
        _output.Advance(writer.Written);
        EndSend();
        return true;
    }

    private void WriteChunk(ReadOnlySpan<byte> data, bool isLast)
    {
        if (data.Length <= MaxCopied)
        {
            Span<byte> span = _output.GetSpan(data.Length + ChunkOverhead);
            int length = 0;
            if (!data.IsEmpty)
            {
                length = WriteChunkSize(span, data.Length);
                data.CopyTo(span[length..]);
                length += data.Length;
                "\r\n"u8.CopyTo(span[length..]);
                length += 2;
            }
            if (isLast)
            {
                "0\r\n\r\n"u8.CopyTo(span[length..]);
                length += 5;
            }
            _output.Advance(length);
            return;
        }
        _output.Advance(WriteChunkSize(_output.GetSpan(ChunkOverhead), data.Length));
        _output.Write(data);
        _output.Write(isLast ? "\r\n0\r\n\r\n"u8 : "\r\n"u8);
    }

    private static int WriteChunkSize(Span<byte> span, int size)
    {
        Utf8Formatter.TryFormat(size, span, out int length, new StandardFormat('x'));
        span[length] = (byte)'\r';
        span[length + 1] = (byte)'\n';
        return length + 2;
    }

    private void EndSend() => _send = SendState.Done;

    // The framing is lost: whatever else happens, the connection ends.
    private bool Break(string reason)
    {
        Refusal = reason;
        _close = true;
        return false;
    }

    private bool Refuse(string reason)
    {
        Refusal = reason;
        return false;
    }
}
