namespace NodeMesh.Http.Http2;

/// <summary>Remembers the streams closed most recently, a bounded number, oldest forgotten first. Owned by the connection.</summary>
internal sealed class ClosedStreams(int capacity)
{
    // Grown towards the capacity by need: most connections never reset a stream.
    private int[] _ids = [];
    private ClosedReason[] _reasons = [];
    private int[] _windows = [];
    private int _next;

    /// <param name="window">Bytes the peer could still have sent when the stream was closed.</param>
    public void Add(int streamId, ClosedReason reason, int window)
    {
        if (_next == _ids.Length)
        {
            if (_ids.Length < capacity)
            {
                int length = Math.Min(capacity, Math.Max(16, _ids.Length * 2));
                Array.Resize(ref _ids, length);
                Array.Resize(ref _reasons, length);
                Array.Resize(ref _windows, length);
            }
            else
            {
                _next = 0;
            }
        }
        _ids[_next] = streamId;
        _reasons[_next] = reason;
        _windows[_next] = window;
        _next++;
    }

    public ClosedReason Find(int streamId)
    {
        int index = _ids.AsSpan().IndexOf(streamId);
        return index < 0 ? ClosedReason.Unknown : _reasons[index];
    }

    /// <summary>Counts late data against what the peer could have sent; false when it is more.</summary>
    public bool TryTakeWindow(int streamId, int bytes)
    {
        int index = _ids.AsSpan().IndexOf(streamId);
        if (index < 0 || _windows[index] < bytes)
        {
            return false;
        }
        _windows[index] -= bytes;
        return true;
    }
}
