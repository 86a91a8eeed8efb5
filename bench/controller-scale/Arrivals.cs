using System.Diagnostics;

namespace NodeMesh.ControllerScale;

/// <summary>When which node had which revision. Told by all streams, asked by the run; thread-safe.</summary>
internal sealed class Arrivals
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _revisions = new(StringComparer.Ordinal);
    private readonly List<TimeSpan> _times = [];
    private long _awaited = long.MaxValue;
    private long _began;
    private int _missing;
    private TaskCompletionSource _all = new();

    public void Arrived(string node, long revision)
    {
        lock (_gate)
        {
            var isNew = _revisions.GetValueOrDefault(node, -1) < _awaited && revision >= _awaited;
            _revisions[node] = revision;
            if (isNew)
            {
                _times.Add(Stopwatch.GetElapsedTime(_began));
                if (--_missing == 0)
                {
                    _all.TrySetResult();
                }
            }
        }
    }

    /// <summary>From here on a revision is awaited at so many nodes; those that have it already count from their next word.</summary>
    public void Expect(long revision, int nodes)
    {
        lock (_gate)
        {
            _revisions.Clear();
            _times.Clear();
            (_awaited, _missing, _began) = (revision, nodes, Stopwatch.GetTimestamp());
            _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>The times from <see cref="Expect"/> on, of all nodes, once it has arrived everywhere.</summary>
    /// <exception cref="TimeoutException">It has not, within the time.</exception>
    public async Task<IReadOnlyList<TimeSpan>> AllAsync(TimeSpan within)
    {
        try
        {
            await _all.Task.WaitAsync(within);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"revision {_awaited} is missing at {_missing} nodes after {within}", exception);
        }

        lock (_gate)
        {
            return [.. _times];
        }
    }
}
