namespace NodeMesh.Transport.Tls;

/// <summary>
/// The client's tickets, one per (source, destination, address), least recently stored out first. A ticket is taken out to be used: RFC 8446
/// (appendix C.4) asks that none is used twice. Shared by the loops of one context; the lock is held for a look-up, once per handshake.
/// </summary>
internal sealed class TlsSessionCache(int capacity) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TlsSessionKey, LinkedListNode<(TlsSessionKey Key, ResumableSession Session)>> _byKey = [];
    private readonly LinkedList<(TlsSessionKey Key, ResumableSession Session)> _oldestFirst = new();
    private bool _disposed;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byKey.Count;
            }
        }
    }

    /// <summary>Keeps a session and owns it from now on.</summary>
    public void Store(TlsSessionKey key, ResumableSession session)
    {
        lock (_lock)
        {
            if (_disposed || capacity == 0)
            {
                session.Free();
                return;
            }

            if (_byKey.Remove(key, out var previous))
            {
                Evict(previous);
            }
            else if (_byKey.Count == capacity)
            {
                var oldest = _oldestFirst.First!;
                _byKey.Remove(oldest.Value.Key);
                Evict(oldest);
            }

            _byKey[key] = _oldestFirst.AddLast((key, session));
        }
    }

    /// <summary>Takes the key's session out; the caller owns it.</summary>
    public bool TryTake(TlsSessionKey key, out ResumableSession session)
    {
        lock (_lock)
        {
            if (_byKey.Remove(key, out var node))
            {
                _oldestFirst.Remove(node);
                session = node.Value.Session;
                return true;
            }
        }

        session = default;
        return false;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var (_, session) in _oldestFirst)
            {
                session.Free();
            }

            _oldestFirst.Clear();
            _byKey.Clear();
        }
    }

    private void Evict(LinkedListNode<(TlsSessionKey Key, ResumableSession Session)> node)
    {
        _oldestFirst.Remove(node);
        node.Value.Session.Free();
    }
}
