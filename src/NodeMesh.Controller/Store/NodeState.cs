namespace NodeMesh.Controller.Store;

/// <summary>Whether a node belongs to the mesh.</summary>
internal enum NodeState
{
    /// <summary>It has joined.</summary>
    Joined,

    /// <summary>It was cut off, and comes back only with a new token.</summary>
    Evicted,

    /// <summary>It belongs to the mesh, and new traffic is kept from it.</summary>
    Cordoned,
}
