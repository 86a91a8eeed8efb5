namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// One writer's cells of every metric. Each event loop has one and is its only writer, so an increment is a plain load, add and store;
/// the last shard is shared by pool threads and adds interlocked. A scrape reads all shards from any thread. Lives as long as the registry.
/// </summary>
public sealed class MetricShard
{
    internal const int PageSize = 1024;

    private readonly bool _shared;

    // Pages never move once made, so a loop that still sees the old outer array finds every cell it holds a handle to.
    private long[][] _pages = [];

    internal MetricShard(bool shared)
    {
        _shared = shared;
    }

    internal void Add(int cell, long amount)
    {
        ref var slot = ref _pages[cell / PageSize][cell % PageSize];
        if (_shared)
        {
            Interlocked.Add(ref slot, amount);
        }
        else
        {
            Volatile.Write(ref slot, slot + amount);
        }
    }

    internal long Read(int cell) => Volatile.Read(ref Volatile.Read(ref _pages)[cell / PageSize][cell % PageSize]);

    /// <summary>Zeroes cells that no writer holds a handle to any more.</summary>
    internal void Clear(int cell, int count) => _pages[cell / PageSize].AsSpan(cell % PageSize, count).Clear();

    internal void AddPage() => Volatile.Write(ref _pages, [.. _pages, new long[PageSize]]);
}
