namespace NodeMesh.Resources.Mesh;

/// <summary>How captured connections of local processes that no Workload claims are treated.</summary>
public enum UnknownSourcePolicy
{
    /// <summary>They reach what stands outside the mesh, unchanged; towards mesh services they are refused.</summary>
    OutsideOnly,

    /// <summary>They reach mesh services too, in plaintext, where the service's PeerAuthentication takes plaintext. For moving in.</summary>
    Plaintext,

    /// <summary>They are refused, wherever they go.</summary>
    Refuse,
}
