namespace NodeMesh.Resources;

/// <summary>Chooses workloads by their labels (<c>selector.matchLabels</c>, as Istio writes it).</summary>
public sealed record LabelSelector
{
    public required Labels MatchLabels { get; init; }
}
