namespace NodeMesh.Proxy.Configuration;

/// <summary>
/// Tells which workload of this node a process belongs to: the most specific selector that matches wins, in the order of
/// <see cref="CompiledSelector.CompareSpecificity"/>. Immutable, part of the snapshot, asked by every loop for every local connection;
/// asking allocates nothing.
/// </summary>
public sealed class WorkloadMatcher
{
    private readonly CompiledSelector[] _selectors;

    internal WorkloadMatcher(IEnumerable<CompiledSelector> selectors)
    {
        _selectors = [.. selectors];
        Array.Sort(_selectors, CompiledSelector.CompareSpecificity);
    }

    internal static WorkloadMatcher Empty { get; } = new([]);

    public WorkloadMatch Match(in ProcessFacts process)
    {
        foreach (var selector in _selectors)
        {
            if (!selector.MatchesBesidesExecutable(process))
            {
                continue;
            }

            // A selector above all others that could still match: without the executable nobody can say who this is.
            if (selector.AsksExecutable && process.Executable is null)
            {
                return new WorkloadMatch(null, NeedsExecutable: true);
            }

            if (selector.MatchesExecutable(process))
            {
                return new WorkloadMatch(selector.Workload);
            }
        }

        return default;
    }
}
