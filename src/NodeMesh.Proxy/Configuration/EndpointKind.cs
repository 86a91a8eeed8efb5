namespace NodeMesh.Proxy.Configuration;

/// <summary>How an endpoint is reached from this node.</summary>
public enum EndpointKind
{
    /// <summary>Outside the mesh, or with mutual TLS disabled: plain TCP to its address.</summary>
    Plain,

    /// <summary>A workload of this node: plain TCP to where the application listens, under the same policy as over the mesh.</summary>
    Local,

    /// <summary>A workload of another node: a CONNECT stream on a mesh link.</summary>
    Mesh,
}
