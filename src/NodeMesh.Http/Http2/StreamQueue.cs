namespace NodeMesh.Http.Http2;

/// <summary>Streams waiting for connection credit, first in, first out; linked through the streams themselves. Owned by the connection.</summary>
internal sealed class StreamQueue
{
    private Http2Stream? _first;
    private Http2Stream? _last;

    public bool IsEmpty => _first is null;

    public void Enqueue(Http2Stream stream)
    {
        stream.Queue = this;
        stream.Next = null;
        stream.Previous = _last;
        if (_last is null)
        {
            _first = stream;
        }
        else
        {
            _last.Next = stream;
        }
        _last = stream;
    }

    public bool TryDequeue([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Http2Stream? stream)
    {
        stream = _first;
        if (stream is null)
        {
            return false;
        }
        Remove(stream);
        return true;
    }

    public void Remove(Http2Stream stream)
    {
        if (stream.Previous is null)
        {
            _first = stream.Next;
        }
        else
        {
            stream.Previous.Next = stream.Next;
        }
        if (stream.Next is null)
        {
            _last = stream.Previous;
        }
        else
        {
            stream.Next.Previous = stream.Previous;
        }
        stream.Next = null;
        stream.Previous = null;
        stream.Queue = null;
    }
}
