using NodeMesh.Transport.Loops;

namespace NodeMesh.Proxy.Requests;

/// <summary>
/// An exchange that waits because its service has as many connections as it may: for one of its own loop to become idle, or for the place of one
/// that closes, on any loop. Made for one wait, on the exchange's loop.
/// </summary>
internal sealed class Http1Waiter : LoopAwaitable<Http1WaitResult>
{
    private readonly Http1Group _group;
    private readonly LinkedListNode<Http1Waiter> _node;
    private readonly EventLoop _loop;
    private Http1WaitResult _result;

    /// <param name="limit">Connections that the service may have.</param>
    public Http1Waiter(Http1Group group, EventLoop loop, int limit)
    {
        _group = group;
        _loop = loop;
        Limit = limit;
        Since = Environment.TickCount64;
        _node = new LinkedListNode<Http1Waiter>(this);
        Place = new LinkedListNode<Http1Waiter>(this);
    }

    public int Limit { get; }

    /// <summary>When it came, in milliseconds; comparable between loops.</summary>
    public long Since { get; }

    /// <summary>Its place in the queue of its <see cref="ServiceLoad"/>, which guards it.</summary>
    public LinkedListNode<Http1Waiter> Place { get; }

    /// <param name="cancellation">Cancelled on the loop.</param>
    public async ValueTask<Http1WaitResult> WaitAsync(ServiceLoad load, CancellationToken cancellation)
    {
        _group.Waiters.AddLast(_node);
        var wait = Wait();
        load.Queue(this);
        using var registration = cancellation.UnsafeRegister(_ => Abandon(load), null);
        var result = await wait;
        _group.Waiters.Remove(_node);
        return result;
    }

    /// <summary>A connection is idle that it may take. On its loop.</summary>
    public void GiveIdle() => End(Http1WaitResult.Idle);

    /// <summary>It may make a connection, which is counted already. On any thread.</summary>
    public void GivePlace() => _loop.Post(_ => End(Http1WaitResult.Place), null);

    protected override Http1WaitResult TakeResult() => _result;

    private void Abandon(ServiceLoad load)
    {
        if (load.TryLeave(this))
        {
            End(Http1WaitResult.Abandoned);
        }
    }

    private void End(Http1WaitResult result)
    {
        _result = result;
        Wake();
    }
}
