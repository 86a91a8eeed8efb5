using NodeMesh.Resources.Authentication;

namespace NodeMesh.Resources.Checking;

/// <summary>A policy against the workloads it selects.</summary>
internal static class PolicyChecks
{
    public static void CheckSelector(MeshIndex mesh, WorkloadPolicy policy, CheckedDocument at)
    {
        if (policy.Selector is { } selector && !mesh.WorkloadsWith(Claim.ScopeOf(policy), selector.MatchLabels).Any())
        {
            var where = policy.IsInRootNamespace ? "" : $" of namespace {policy.Namespace}";
            at.Warning("spec.selector", $"no workload{where} has the labels {selector.MatchLabels}; the policy has no effect");
        }
    }

    /// <summary>Of two that say different things in the same scope neither could be told to win.</summary>
    public static void CheckAmbiguity(MeshIndex mesh, PeerAuthentication authentication, CheckedDocument at)
    {
        if (authentication.Selector is not { } selector)
        {
            if (mesh.OwnerOf(Claim.NamespaceWide(authentication.Namespace)) is { } owner && owner != authentication.Key)
            {
                at.Error("spec", $"{owner} already says what holds for the whole namespace; merge the two, or add a selector");
            }

            return;
        }

        foreach (var workload in mesh.WorkloadsWith(Claim.ScopeOf(authentication), selector.MatchLabels))
        {
            var first = mesh.SelectorsOf(workload).OfType<PeerAuthentication>().Select(other => other.Key).Min(ResourceKey.Order);
            if (first != authentication.Key)
            {
                at.Error("spec.selector", $"{workload.Key} is selected by {first} already; make the selectors disjoint");
                return;
            }
        }
    }
}
