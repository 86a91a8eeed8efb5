namespace NodeMesh.Controller.Distribution;

/// <summary>
/// Up to which revision all connected nodes have the mesh in force, and since when each revision is among those, or no more. It is not kept: a
/// controller that starts begins with nobody connected. Used under the lock of <see cref="NodeSessions"/>.
/// </summary>
internal sealed class ProgrammedRevisions(TimeProvider time)
{
    /// <summary>As many as revisions come about while no node connects or leaves; of older ones then only the bounds are known.</summary>
    private const int MaxSteps = 100_000;

    /// <summary>How many nodes have which revision.</summary>
    private readonly SortedDictionary<long, int> _nodes = [];

    /// <summary>Of the revisions that all have: each step of those above the one before it. Ascending, the last up to <see cref="_everywhere"/>.</summary>
    private readonly List<ProgrammedStep> _reached = [];

    /// <summary>Of revisions that not all have any more: each step of those above the one behind it. Descending, the last from <see cref="_everywhere"/> on.</summary>
    private readonly List<ProgrammedStep> _lost = [];

    /// <summary>The newest that all connected nodes have; 0 while none is connected.</summary>
    private long _everywhere;

    /// <summary>A node connects that has a revision in force; 0 for none that is known.</summary>
    public void Join(long revision)
    {
        Count(revision, 1);
        Settle();
    }

    public void Leave(long revision)
    {
        Count(revision, -1);
        Settle();
    }

    public void Move(long from, long to)
    {
        Count(from, -1);
        Count(to, 1);
        Settle();
    }

    public ProgrammedView View() => new(
        [.. _nodes.SelectMany(entry => Enumerable.Repeat(entry.Key, entry.Value))], _everywhere, [.. _reached], [.. _lost]);

    private void Count(long revision, int by)
    {
        var count = _nodes.GetValueOrDefault(revision) + by;
        if (count == 0)
        {
            _nodes.Remove(revision);
        }
        else
        {
            _nodes[revision] = count;
        }
    }

    private void Settle()
    {
        var everywhere = _nodes.Count == 0 ? 0 : _nodes.First().Key;
        if (everywhere > _everywhere)
        {
            while (_lost.Count > 0 && _lost[^1].UpTo <= everywhere)
            {
                _lost.RemoveAt(_lost.Count - 1);
            }

            Add(_reached, everywhere);
        }
        else if (everywhere < _everywhere)
        {
            while (_reached.Count > 0 && (_reached.Count > 1 ? _reached[^2].UpTo : 0) >= everywhere)
            {
                _reached.RemoveAt(_reached.Count - 1);
            }

            if (_reached.Count > 0)
            {
                _reached[^1] = _reached[^1] with { UpTo = everywhere };
            }

            Add(_lost, _everywhere);
        }

        _everywhere = everywhere;
    }

    private void Add(List<ProgrammedStep> steps, long upTo)
    {
        if (steps.Count == MaxSteps)
        {
            steps.RemoveRange(0, MaxSteps / 2);
        }

        steps.Add(new ProgrammedStep(upTo, time.GetUtcNow()));
    }
}
