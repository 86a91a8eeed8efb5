namespace NodeMesh.Proxy.Telemetry;

/// <summary>
/// Hands out blocks of cells, the same index in every shard. Owned by the registry; taken and given back under its lock, off the data path.
/// </summary>
internal sealed class MetricCells
{
    private readonly Lock _lock = new();
    private readonly MetricShard[] _shards;
    private readonly Dictionary<int, Stack<int>> _free = [];
    private int _next;
    private int _end;

    internal MetricCells(MetricShard[] shards)
    {
        _shards = shards;
    }

    /// <summary>Returns the first of <paramref name="count"/> neighbouring cells, all zero.</summary>
    internal int Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MetricShard.PageSize);
        lock (_lock)
        {
            if (_free.TryGetValue(count, out var free) && free.TryPop(out var reused))
            {
                return reused;
            }

            if (_end - _next < count)
            {
                foreach (var shard in _shards)
                {
                    shard.AddPage();
                }

                _next = _end;
                _end += MetricShard.PageSize;
            }

            var first = _next;
            _next += count;
            return first;
        }
    }

    /// <summary>Takes a block back. The caller has proved that nobody can still write to it.</summary>
    internal void Return(int first, int count)
    {
        lock (_lock)
        {
            foreach (var shard in _shards)
            {
                shard.Clear(first, count);
            }

            if (!_free.TryGetValue(count, out var free))
            {
                _free[count] = free = new Stack<int>();
            }

            free.Push(first);
        }
    }

    internal long Sum(int cell)
    {
        var sum = 0L;
        foreach (var shard in _shards)
        {
            sum += shard.Read(cell);
        }

        return sum;
    }
}
