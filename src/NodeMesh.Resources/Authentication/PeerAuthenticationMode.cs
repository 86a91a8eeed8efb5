namespace NodeMesh.Resources.Authentication;

/// <summary>What a workload takes from its peers.</summary>
public enum PeerAuthenticationMode
{
    /// <summary>Mutual TLS only.</summary>
    Strict,

    /// <summary>Mutual TLS and plaintext.</summary>
    Permissive,

    /// <summary>Plaintext only; peers do not use the mesh towards it.</summary>
    Disable,
}
