using NodeMesh.Transport.Loops;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Proxy.Requests;

/// <summary>An exchange that waits because its service has as many connections as it may. Looks again at intervals, since a place may become free on another loop.</summary>
internal sealed class Http1Waiter(Http1Group group, EventLoop loop) : LoopAwaitable<bool>
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <summary>True when it is worth looking again; false when it took too long or the exchange is over.</summary>
    /// <param name="deadline">By the loop's clock, in milliseconds.</param>
    public async ValueTask<bool> WaitAsync(long deadline, CancellationToken cancellation)
    {
        var node = group.Waiters.AddLast(this);
        var timer = new Timer(this);
        try
        {
            loop.Arm(timer, Interval);
            await Wait();
            return !cancellation.IsCancellationRequested && loop.NowMilliseconds < deadline;
        }
        finally
        {
            loop.Disarm(timer);
            group.Waiters.Remove(node);
        }
    }

    protected override bool TakeResult() => true;

    private sealed class Timer(Http1Waiter waiter) : LoopTimer
    {
        protected override void OnExpired() => waiter.Wake();
    }
}
