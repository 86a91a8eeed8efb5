namespace NodeMesh.Proxy.Connections;

/// <summary>Which listener took a connection.</summary>
public enum ConnectionDirection
{
    /// <summary>From a local process outwards.</summary>
    Outbound,

    /// <summary>From a mesh peer, as a stream of a mesh link.</summary>
    Mesh,

    /// <summary>Plaintext from outside the mesh.</summary>
    Inbound,
}
