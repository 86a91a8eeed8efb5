namespace NodeMesh.Proxy.Configuration;

/// <summary>The resources a destination can belong to.</summary>
public enum MeshServiceKind
{
    Service,

    ServiceEntry,

    /// <summary>A workload addressed directly that no Service selects.</summary>
    Workload,
}
