namespace NodeMesh.Controller.Nodes;

/// <summary>Why a node, an operator or a stranger is refused; a label for the metric that counts them.</summary>
internal enum NodeRefusal
{
    /// <summary>No token of this kind was ever made.</summary>
    UnknownToken,

    /// <summary>The token was used before.</summary>
    UsedToken,

    ExpiredToken,

    /// <summary>The node was cut off.</summary>
    Evicted,

    /// <summary>No node of that name has joined.</summary>
    UnknownNode,

    /// <summary>The certificate was replaced by a newer one, which the node has shown already.</summary>
    SupersededCertificate,

    /// <summary>The certificate is none of this mesh's, or is broken.</summary>
    UntrustedCertificate,

    /// <summary>The certificate has ended.</summary>
    ExpiredCertificate,

    /// <summary>No workload with this identity is placed on the node, or it is an operator's.</summary>
    ForeignIdentity,

    /// <summary>The signing request is not for exactly the identity, or is wrong.</summary>
    BadRequest,

    /// <summary>What only operators may do is asked by who is none, or has a lesser role.</summary>
    NotPermitted,
}
