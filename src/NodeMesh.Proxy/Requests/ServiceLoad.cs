namespace NodeMesh.Proxy.Requests;

/// <summary>
/// What a node has under way towards one service, all loops and workloads together: what its limits are held against. Every member is safe on any
/// thread; only who needs a connection that is not at hand takes the lock. Lives as long as the process, one per service that was called.
/// </summary>
internal sealed class ServiceLoad
{
    /// <summary>How much longer than one that could be served at once another may have waited, in milliseconds, before it comes first.</summary>
    private const long Patience = 25;

    private readonly Lock _gate = new();
    private readonly LinkedList<Http1Waiter> _waiters = new();
    private int _requests;
    private int _connections;
    private int _pending;
    private int _retries;

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Requests that wait for a connection.</summary>
    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Requests whose second or later try is under way.</summary>
    public int Retries => Volatile.Read(ref _retries);

    public bool TryAddRequest(int limit) => TryAdd(ref _requests, limit);

    public void RemoveRequest() => Interlocked.Decrement(ref _requests);

    public bool TryAddPending(int limit) => TryAdd(ref _pending, limit);

    public void RemovePending() => Interlocked.Decrement(ref _pending);

    public bool TryAddRetry(int limit) => TryAdd(ref _retries, limit);

    public void RemoveRetry() => Interlocked.Decrement(ref _retries);

    /// <summary>A place for one more connection, unless all are taken or others wait for one.</summary>
    public bool TryAddConnection(int limit)
    {
        lock (_gate)
        {
            if (_connections >= limit || _waiters.Count > 0)
            {
                return false;
            }

            _connections++;
            return true;
        }
    }

    /// <summary>Puts the waiter behind those that wait already. It is told when it has a place, perhaps before this returns.</summary>
    public void Queue(Http1Waiter waiter)
    {
        lock (_gate)
        {
            _waiters.AddLast(waiter.Place);
        }

        ServeFirst();
    }

    /// <summary>Takes the waiter out; false when it was given a place meanwhile.</summary>
    public bool TryLeave(Http1Waiter waiter)
    {
        lock (_gate)
        {
            return TryRemove(waiter);
        }
    }

    /// <summary>A connection closed: its place goes to whoever has waited longest.</summary>
    public void RemoveConnection()
    {
        lock (_gate)
        {
            _connections--;
        }

        ServeFirst();
    }

    /// <summary>
    /// Whether a connection that has become idle may be kept for the first of those that can use it, or for nobody if nobody waits. If not, it is to
    /// be closed, since its place is wanted more for another.
    /// </summary>
    /// <param name="first">The first of those that can use it; taken out of the queue when this is true.</param>
    public bool MayKeep(Http1Waiter? first)
    {
        if (Pending == 0)
        {
            return true;
        }

        lock (_gate)
        {
            if (_waiters.First is not { } oldest)
            {
                return true;
            }

            return first is not null && first.Since - oldest.Value.Since <= Patience && TryRemove(first);
        }
    }

    private void ServeFirst()
    {
        while (true)
        {
            Http1Waiter next;
            lock (_gate)
            {
                if (_waiters.First is not { } first || _connections >= first.Value.Limit)
                {
                    return;
                }

                next = first.Value;
                _waiters.RemoveFirst();
                _connections++;
            }

            next.GivePlace();
        }
    }

    private bool TryRemove(Http1Waiter waiter)
    {
        if (waiter.Place.List is null)
        {
            return false;
        }

        _waiters.Remove(waiter.Place);
        return true;
    }

    private static bool TryAdd(ref int count, int limit)
    {
        if (Interlocked.Increment(ref count) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref count);
        return false;
    }
}
