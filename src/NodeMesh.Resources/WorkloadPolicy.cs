using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources;

/// <summary>
/// A resource that says something about workloads. Its scope is Istio's: with a selector the matching workloads, without one every
/// workload, of its own namespace; in the root namespace, of every namespace.
/// </summary>
public abstract record WorkloadPolicy : Resource
{
    /// <summary>Policies in this namespace hold in every namespace.</summary>
    public const string RootNamespace = "nodemesh-system";

    public LabelSelector? Selector { get; init; }

    public bool IsInRootNamespace => string.Equals(Namespace, RootNamespace, StringComparison.Ordinal);

    public bool AppliesTo(Workload workload) =>
        (IsInRootNamespace || string.Equals(Namespace, workload.Namespace, StringComparison.Ordinal))
        && (Selector is null || workload.Metadata.Labels.Match(Selector.MatchLabels));
}
