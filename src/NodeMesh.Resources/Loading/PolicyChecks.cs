using NodeMesh.Resources.Authentication;

namespace NodeMesh.Resources.Loading;

/// <summary>Policies against the workloads they select.</summary>
internal sealed class PolicyChecks(ResourceSet set)
{
    private readonly Dictionary<string, ResourceKey> _namespaceWide = new(StringComparer.Ordinal);
    private readonly Dictionary<ResourceKey, ResourceKey> _byWorkload = [];

    public void CheckSelector(WorkloadPolicy policy, ParsedResource at)
    {
        if (policy.Selector is { } selector && !set.Workloads.AsEnumerable().Any(policy.AppliesTo))
        {
            var where = policy.IsInRootNamespace ? "" : $" of namespace {policy.Namespace}";
            at.Warning("spec.selector", $"no workload{where} has the labels {selector.MatchLabels}; the policy has no effect");
        }
    }

    /// <summary>Of two that say different things in the same scope neither could be told to win.</summary>
    public void CheckAmbiguity(PeerAuthentication authentication, ParsedResource at)
    {
        if (authentication.Selector is null)
        {
            if (!_namespaceWide.TryAdd(authentication.Namespace, authentication.Key))
            {
                at.Error("spec", $"{_namespaceWide[authentication.Namespace]} already says what holds for the whole namespace; merge the two, or add a selector");
            }

            return;
        }

        foreach (var workload in set.Workloads)
        {
            if (authentication.AppliesTo(workload) && !_byWorkload.TryAdd(workload.Key, authentication.Key))
            {
                at.Error("spec.selector", $"{workload.Key} is selected by {_byWorkload[workload.Key]} already; make the selectors disjoint");
                return;
            }
        }
    }
}
