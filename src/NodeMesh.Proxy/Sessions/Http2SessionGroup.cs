using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Sessions;

/// <summary>The connections of one key on one loop, the dial under way, and those who wait for either. Owned by its pool.</summary>
internal sealed class Http2SessionGroup<TKey>(TKey key) : IHttp2SessionGroup
    where TKey : struct, IEquatable<TKey>
{
    private readonly LinkedList<Waiter> _waiters = new();

    public TKey Key { get; } = key;

    /// <summary>Connections that take new streams.</summary>
    public List<Http2Session> Sessions { get; } = [];

    public bool IsDialing { get; set; }

    /// <summary>Other addresses of the same node, for when the key's cannot be connected to.</summary>
    public IReadOnlyList<IpEndpoint> Alternates { get; set; } = [];

    public int Waiting => _waiters.Count;

    public bool IsEmpty => !IsDialing && Sessions.Count == 0 && _waiters.Count == 0;

    /// <summary>Whether a connection has yet to hear how many streams its peer allows.</summary>
    public bool HasUnsettled
    {
        get
        {
            foreach (var session in Sessions)
            {
                if (!session.Engine.IsEstablished)
                {
                    return true;
                }
            }

            return false;
        }
    }

    public Http2Session? FindRoom()
    {
        foreach (var session in Sessions)
        {
            if (session.CanOpen)
            {
                return session;
            }
        }

        return null;
    }

    /// <summary>Waits until a connection has room (null), or there will be none (why): the dial failed, or it takes too long, or the waiter gives up.</summary>
    public ValueTask<DialFailure?> WaitAsync(EventLoop loop, TimeSpan timeout, CancellationToken cancellation)
    {
        var waiter = new Waiter(this, loop);
        _waiters.AddLast(waiter.Node);
        return waiter.WaitAsync(timeout, cancellation);
    }

    /// <summary>There is room for one: lets the one that waited longest go on.</summary>
    public void ReleaseOne() => _waiters.First?.Value.Complete(null);

    /// <summary>There will be no connection: everyone who waited for it is told, none dials again by itself.</summary>
    public void Fail(DialFailure failure)
    {
        // Only those of now: one that is told may come back, for another dial.
        for (var count = _waiters.Count; count > 0 && _waiters.First is { } first; count--)
        {
            first.Value.Complete(failure);
        }
    }

    private sealed class Waiter : LoopAwaitable<DialFailure?>
    {
        private readonly Http2SessionGroup<TKey> _group;
        private readonly EventLoop _loop;
        private readonly Deadline _deadline;
        private CancellationTokenRegistration _cancellation;
        private DialFailure? _failure;

        public Waiter(Http2SessionGroup<TKey> group, EventLoop loop)
        {
            _group = group;
            _loop = loop;
            _deadline = new Deadline(this);
            Node = new LinkedListNode<Waiter>(this);
        }

        public LinkedListNode<Waiter> Node { get; }

        public ValueTask<DialFailure?> WaitAsync(TimeSpan timeout, CancellationToken cancellation)
        {
            var wait = Wait();
            _loop.Arm(_deadline, timeout);
            _cancellation = cancellation.UnsafeRegister(static waiter => ((Waiter)waiter!).Complete(DialFailure.Abandoned), this);
            return wait;
        }

        public void Complete(DialFailure? failure)
        {
            if (Node.List is null)
            {
                return;
            }

            _group._waiters.Remove(Node);
            _loop.Disarm(_deadline);
            _cancellation.Dispose();
            _failure = failure;
            Wake();
        }

        public void Expire() => Complete(_group.IsDialing ? DialFailure.NotInTime : DialFailure.NoRoom);

        protected override DialFailure? TakeResult() => _failure;
    }

    private sealed class Deadline(Waiter waiter) : LoopTimer
    {
        protected override void OnExpired() => waiter.Expire();
    }
}
