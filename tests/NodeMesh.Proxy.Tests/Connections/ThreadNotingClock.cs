using System.Collections.Concurrent;

namespace NodeMesh.Proxy.Tests.Connections;

/// <summary>The system's clock, which notes on which threads it is read: where certificates are judged.</summary>
internal sealed class ThreadNotingClock : TimeProvider
{
    private readonly ConcurrentBag<string> _threads = [];

    public IReadOnlyCollection<string> Threads => _threads;

    public override DateTimeOffset GetUtcNow()
    {
        _threads.Add(Thread.CurrentThread.Name ?? "");
        return base.GetUtcNow();
    }
}
