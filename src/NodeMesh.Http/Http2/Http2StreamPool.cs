namespace NodeMesh.Http.Http2;

/// <summary>
/// Streams that their owners have released, to be opened again: in the steady state a request makes no object. Shared by the connections
/// of one event loop, used on its thread only, and as long-lived as it.
/// </summary>
/// <param name="capacity">Idle streams kept; about 200 bytes each.</param>
public sealed class Http2StreamPool(int capacity = Http2StreamPool.DefaultCapacity)
{
    /// <summary>As many streams as one connection may have open inside the mesh.</summary>
    public const int DefaultCapacity = 1024;

    private Http2Stream? _first;

#if DEBUG
    // In debug builds a released stream rests until so many came after it, and is then the oldest: a stale call meets a stream that
    // tells, instead of somebody else's.
    private const int Resting = 32;
    private Http2Stream? _last;
#endif

    /// <summary>Streams that wait here.</summary>
    public int Idle { get; private set; }

    internal Http2Stream Rent()
    {
#if DEBUG
        Http2Stream? stream = Idle > Resting ? _first : null;
#else
        Http2Stream? stream = _first;
#endif
        if (stream is null)
        {
            return new Http2Stream();
        }
        _first = stream.Next;
        stream.Next = null;
        Idle--;
        return stream;
    }

    internal void Return(Http2Stream stream)
    {
        if (Idle >= capacity)
        {
            return;
        }
        Idle++;
#if DEBUG
        if (_first is null)
        {
            _first = stream;
        }
        else
        {
            _last!.Next = stream;
        }
        _last = stream;
#else
        stream.Next = _first;
        _first = stream;
#endif
    }
}
