namespace NodeMesh.Resources.Nodes;

/// <summary>Where a node stands; traffic prefers the same zone, then the same region.</summary>
public sealed record Locality
{
    public string? Region { get; init; }

    public string? Zone { get; init; }
}
