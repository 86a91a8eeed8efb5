namespace NodeMesh.Proxy.Connections;

/// <summary>The ways to an endpoint.</summary>
internal enum OutboundWayKind
{
    /// <summary>There is none.</summary>
    Refused,

    /// <summary>Straight to an application of this node.</summary>
    Local,

    /// <summary>A tunnel to the daemon of another node.</summary>
    Mesh,

    /// <summary>Plain TCP.</summary>
    Plain,
}
