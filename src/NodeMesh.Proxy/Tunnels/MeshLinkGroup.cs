using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Tunnels;

/// <summary>The links of one key on one loop, the dial under way, and those who wait for either. Owned by its pool.</summary>
internal sealed class MeshLinkGroup(MeshLinkKey key)
{
    private readonly Queue<Waiter> _waiters = new();

    public MeshLinkKey Key { get; } = key;

    /// <summary>Links that take new streams.</summary>
    public List<MeshLink> Links { get; } = [];

    public bool IsDialing { get; set; }

    public int Waiting => _waiters.Count;

    public MeshLink? FindRoom()
    {
        foreach (var link in Links)
        {
            if (link.Engine.CanOpenStream)
            {
                return link;
            }
        }

        return null;
    }

    /// <summary>Waits until a link has room (null) or the dial failed (why).</summary>
    public ValueTask<MeshDialFailure?> WaitAsync()
    {
        var waiter = new Waiter();
        _waiters.Enqueue(waiter);
        return waiter.Wait();
    }

    /// <summary>There is room for so many more streams: lets that many go on.</summary>
    public void Release(int count)
    {
        for (; count > 0 && _waiters.TryDequeue(out var waiter); count--)
        {
            waiter.Complete(null);
        }
    }

    /// <summary>The dial failed: everyone who waited for it is told, none dials again by itself.</summary>
    public void Fail(MeshDialFailure failure)
    {
        for (var count = _waiters.Count; count > 0; count--)
        {
            _waiters.Dequeue().Complete(failure);
        }
    }

    private sealed class Waiter : LoopAwaitable<MeshDialFailure?>
    {
        private MeshDialFailure? _failure;

        public void Complete(MeshDialFailure? failure)
        {
            _failure = failure;
            Wake();
        }

        protected override MeshDialFailure? TakeResult() => _failure;
    }
}
