namespace NodeMesh.Resources.Mesh;

/// <summary>What happens to connections of meshed workloads to addresses that no resource names.</summary>
public enum EgressMode
{
    /// <summary>They go out as they are.</summary>
    AllowAny,

    /// <summary>They are refused: only Services and ServiceEntries can be reached.</summary>
    RegistryOnly,
}
