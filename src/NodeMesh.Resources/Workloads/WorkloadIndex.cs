using System.Collections.Frozen;

namespace NodeMesh.Resources.Workloads;

/// <summary>Finds workloads by labels without looking at all of them. Immutable, safe on any thread.</summary>
internal sealed class WorkloadIndex
{
    private readonly FrozenDictionary<(string Namespace, string Label, string Value), Workload[]> _byLabel;

    public WorkloadIndex(IEnumerable<Workload> workloads) =>
        _byLabel = workloads
            .SelectMany(workload => workload.Metadata.Labels, (workload, label) => (Key: (workload.Namespace, label.Key, label.Value), workload))
            .GroupBy(entry => entry.Key, entry => entry.workload)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray());

    /// <summary>The workloads of the namespace that have every label of the selector, which has at least one.</summary>
    public IEnumerable<Workload> Matching(string @namespace, Labels selector)
    {
        Workload[]? fewest = null;
        foreach (var (label, value) in selector)
        {
            if (!_byLabel.TryGetValue((@namespace, label, value), out var workloads))
            {
                return [];
            }

            fewest = fewest is null || workloads.Length < fewest.Length ? workloads : fewest;
        }

        return fewest is null ? [] : fewest.Where(workload => workload.Metadata.Labels.Match(selector));
    }
}
