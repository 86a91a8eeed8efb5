namespace NodeMesh.Resources.Mesh;

/// <summary>The <c>spec.egress</c> of a MeshConfig.</summary>
public sealed record EgressSettings
{
    public EgressMode Mode { get; init; }
}
