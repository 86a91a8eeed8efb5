namespace NodeMesh.Transport.Loops;

/// <summary>Brings the continuation of a foreign task, awaited on a loop, back to that loop.</summary>
internal sealed class LoopSynchronizationContext(EventLoop loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => loop.Post(d, state);

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!loop.IsCurrent)
        {
            throw new InvalidOperationException("waiting for a loop from another thread would block it; use Post");
        }

        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;
}
