using NodeMesh.Http.Headers;
using NodeMesh.Http.Http2;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Sessions;

/// <summary>
/// The outgoing HTTP/2 connections of one loop by key, more of one key when its streams run out. A dial is made once for all who wait, and its
/// failure reaches all of them. A connection leaves the pool when it drains or fails, or is retired.
/// </summary>
internal abstract class Http2SessionPool<TKey>(EventLoop loop, Http2PoolOptions options) : IHttp2SessionOwner
    where TKey : struct, IEquatable<TKey>
{
    private readonly Dictionary<TKey, Http2SessionGroup<TKey>> _groups = [];
    private readonly HashSet<Http2Session> _draining = [];
    private int _retirements;
    private bool _closed;

    /// <summary>Keys that have a connection, a dial or a waiter.</summary>
    public int Keys => _groups.Count;

    /// <summary>All connections, those that drain among them.</summary>
    protected IEnumerable<Http2Session> All => _groups.Values.SelectMany(group => group.Sessions).Concat(_draining);

    protected EventLoop Loop => loop;

    /// <summary>For connections that are made from now on.</summary>
    public Http2PoolOptions Options { get; set; } = options;

    /// <summary>No more are opened.</summary>
    protected bool IsClosed => _closed;

    /// <summary>A connection with room for a stream; null when there is none yet.</summary>
    public Http2Session? Find(in TKey key) => _groups.TryGetValue(key, out var group) ? group.FindRoom() : null;

    /// <summary>Waits until a connection has room (null: look again), or there will be none (why).</summary>
    /// <param name="alternates">Other addresses of the same peer, for when the key's does not take a connection.</param>
    /// <param name="timeout">For the wait; null for the pool's own.</param>
    /// <param name="cancellation">Cancelled on the loop when whoever asks leaves: it stops waiting at once; a dial goes on for others.</param>
    public async ValueTask<DialFailure?> WaitAsync(TKey key, IReadOnlyList<IpEndpoint> alternates, TimeSpan? timeout, CancellationToken cancellation)
    {
        var group = GetGroup(key);
        group.Alternates = alternates;
        if (group.Waiting >= Options.MaxWaitersPerKey)
        {
            return DialFailure.NoRoom;
        }

        // Waits first and dials then: a dial may fail before it returns, and must find us waiting.
        var wait = group.WaitAsync(loop, timeout ?? Options.WaitTimeout, cancellation);
        OnWaiters(1);
        Serve(group);
        var failure = await wait;
        OnWaiters(-1);
        RemoveIfEmpty(group);
        return failure;
    }

    /// <summary>Connections of these keys take no new streams, and end with those they carry.</summary>
    public void Retire(Func<TKey, bool> which)
    {
        // A dial under way may have begun with what is replaced now.
        _retirements++;
        foreach (var session in _groups.Values.Where(group => which(group.Key)).SelectMany(group => group.Sessions).ToArray())
        {
            session.Drain();
        }
    }

    /// <summary>Closes all connections and opens no more.</summary>
    public void CloseAll(string reason)
    {
        _closed = true;
        foreach (var session in All.ToArray())
        {
            session.Close(reason);
        }

        foreach (var group in _groups.Values.ToArray())
        {
            group.Fail(DialFailure.ShuttingDown);
            RemoveIfEmpty(group);
        }
    }

    public void OnRequest(Http2Session session, Http2Stream stream, HeaderList headers, bool endStream) =>
        throw new InvalidOperationException("a client's connection received a request");

    public HeaderList ReplyTooLarge(Http2Session session) => throw new InvalidOperationException("a client's connection received a request");

    public abstract void OnStreams(Http2Session session, int change);

    public void OnCapacity(Http2Session session)
    {
        if (GroupOf(session) is { Waiting: > 0 } group)
        {
            Serve(group);
        }
    }

    public virtual void OnDraining(Http2Session session)
    {
        var group = GroupOf(session);
        if (group.Sessions.Remove(session))
        {
            _draining.Add(session);
            Serve(group);
        }
    }

    public void OnClosed(Http2Session session, string reason, Exception? fault)
    {
        var group = GroupOf(session);
        group.Sessions.Remove(session);
        _draining.Remove(session);
        NoteClosed(session, reason, fault);
        Serve(group);
    }

    /// <summary>Makes a connection, not started yet, or says why there is none.</summary>
    protected abstract ValueTask<(Http2Session? Session, DialFailure? Failure)> TryDialAsync(TKey key, IReadOnlyList<IpEndpoint> alternates);

    /// <summary>So many more, or fewer, wait.</summary>
    protected virtual void OnWaiters(int change)
    {
    }

    /// <summary>A key has neither connection nor dial nor waiter any more.</summary>
    protected virtual void OnForgotten(in TKey key)
    {
    }

    protected abstract void NoteOpened(Http2Session session);

    protected abstract void NoteClosed(Http2Session session, string reason, Exception? fault);

    /// <summary>A dial failed inside the daemon.</summary>
    protected abstract void NoteFault(Exception exception, TKey key);

    protected static TKey KeyOf(Http2Session session) => GroupOf(session).Key;

    private static Http2SessionGroup<TKey> GroupOf(Http2Session session) => (Http2SessionGroup<TKey>)session.Group!;

    private Http2SessionGroup<TKey> GetGroup(in TKey key)
    {
        if (!_groups.TryGetValue(key, out var group))
        {
            group = new Http2SessionGroup<TKey>(key);
            _groups.Add(key, group);
        }

        return group;
    }

    /// <summary>Lets waiters go on as far as there is room, and has a connection dialled for those that are left.</summary>
    private void Serve(Http2SessionGroup<TKey> group)
    {
        while (group.Waiting > 0 && group.FindRoom() is not null)
        {
            group.ReleaseOne();
        }

        if (group.Waiting == 0)
        {
            RemoveIfEmpty(group);
        }
        else if (_closed)
        {
            group.Fail(DialFailure.ShuttingDown);
        }
        else if (!group.IsDialing && !group.HasUnsettled && group.Sessions.Count < Options.MaxLinksPerKey)
        {
            group.IsDialing = true;
            _ = DialAsync(group);
        }
    }

    private void RemoveIfEmpty(Http2SessionGroup<TKey> group)
    {
        if (group.IsEmpty && _groups.TryGetValue(group.Key, out var current) && ReferenceEquals(current, group))
        {
            _groups.Remove(group.Key);
            OnForgotten(group.Key);
        }
    }

    private async Task DialAsync(Http2SessionGroup<TKey> group)
    {
        Http2Session? session = null;
        DialFailure? failure;
        try
        {
            int retirements;
            do
            {
                session?.Discard();
                retirements = _retirements;
                (session, failure) = await TryDialAsync(group.Key, group.Alternates);
            }
            while (session is not null && retirements != _retirements && !_closed);
        }
        catch (Exception exception)
        {
            NoteFault(exception, group.Key);
            failure = new DialFailure(RefusalCode.Internal, exception.Message);
        }

        group.IsDialing = false;
        if (_closed && session is not null)
        {
            session.Discard();
            session = null;
            failure = DialFailure.ShuttingDown;
        }

        if (session is null)
        {
            group.Fail(failure!);
            RemoveIfEmpty(group);
            return;
        }

        session.Group = group;
        group.Sessions.Add(session);
        NoteOpened(session);
        session.Start();
        Serve(group);
    }
}
