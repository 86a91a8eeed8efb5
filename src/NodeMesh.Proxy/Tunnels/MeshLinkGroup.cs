using NodeMesh.Linux.Sockets;
using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>The links of one key on one loop, the dial under way, and those who wait for either. Owned by its pool.</summary>
internal sealed class MeshLinkGroup(MeshLinkKey key)
{
    private readonly LinkedList<Waiter> _waiters = new();

    public MeshLinkKey Key { get; } = key;

    /// <summary>Links that take new streams.</summary>
    public List<MeshLink> Links { get; } = [];

    public bool IsDialing { get; set; }

    /// <summary>Other addresses of the same node, for when the key's cannot be connected to.</summary>
    public IReadOnlyList<IpEndpoint> Alternates { get; set; } = [];

    public int Waiting => _waiters.Count;

    public bool IsEmpty => !IsDialing && Links.Count == 0 && _waiters.Count == 0;

    /// <summary>Whether a link has yet to hear how many streams its peer allows.</summary>
    public bool HasUnsettled
    {
        get
        {
            foreach (var link in Links)
            {
                if (!link.Engine.IsEstablished)
                {
                    return true;
                }
            }

            return false;
        }
    }

    public MeshLink? FindRoom()
    {
        foreach (var link in Links)
        {
            if (link.CanOpen)
            {
                return link;
            }
        }

        return null;
    }

    /// <summary>Waits until a link has room (null), or there will be none (why): the dial failed, or it takes too long, or the waiter gives up.</summary>
    public ValueTask<MeshDialFailure?> WaitAsync(EventLoop loop, TimeSpan timeout, CancellationToken cancellation)
    {
        var waiter = new Waiter(this, loop);
        _waiters.AddLast(waiter.Node);
        return waiter.WaitAsync(timeout, cancellation);
    }

    /// <summary>There is room for one: lets the one that waited longest go on.</summary>
    public void ReleaseOne() => _waiters.First?.Value.Complete(null);

    /// <summary>There will be no link: everyone who waited for it is told, none dials again by itself.</summary>
    public void Fail(MeshDialFailure failure)
    {
        // Only those of now: one that is told may come back, for another dial.
        for (var count = _waiters.Count; count > 0 && _waiters.First is { } first; count--)
        {
            first.Value.Complete(failure);
        }
    }

    private sealed class Waiter : LoopAwaitable<MeshDialFailure?>
    {
        private readonly MeshLinkGroup _group;
        private readonly EventLoop _loop;
        private readonly Deadline _deadline;
        private CancellationTokenRegistration _cancellation;
        private MeshDialFailure? _failure;

        public Waiter(MeshLinkGroup group, EventLoop loop)
        {
            _group = group;
            _loop = loop;
            _deadline = new Deadline(this);
            Node = new LinkedListNode<Waiter>(this);
        }

        public LinkedListNode<Waiter> Node { get; }

        public ValueTask<MeshDialFailure?> WaitAsync(TimeSpan timeout, CancellationToken cancellation)
        {
            var wait = Wait();
            _loop.Arm(_deadline, timeout);
            _cancellation = cancellation.UnsafeRegister(static waiter => ((Waiter)waiter!).Complete(MeshDialFailure.Abandoned), this);
            return wait;
        }

        public void Complete(MeshDialFailure? failure)
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

        protected override MeshDialFailure? TakeResult() => _failure;
    }

    private sealed class Deadline(Waiter waiter) : LoopTimer
    {
        protected override void OnExpired() => waiter.Complete(MeshDialFailure.NoRoom);
    }
}
