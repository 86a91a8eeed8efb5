namespace NodeMesh.Proxy.Requests;

/// <summary>
/// What a node has under way towards one service, all loops and workloads together: what its limits are held against. Every member is safe on any
/// thread and takes no lock. Lives as long as the process, one per service that was called.
/// </summary>
internal sealed class ServiceLoad
{
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

    public bool TryAddConnection(int limit) => TryAdd(ref _connections, limit);

    public void RemoveConnection() => Interlocked.Decrement(ref _connections);

    public bool TryAddPending(int limit) => TryAdd(ref _pending, limit);

    public void RemovePending() => Interlocked.Decrement(ref _pending);

    public bool TryAddRetry(int limit) => TryAdd(ref _retries, limit);

    public void RemoveRetry() => Interlocked.Decrement(ref _retries);

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
