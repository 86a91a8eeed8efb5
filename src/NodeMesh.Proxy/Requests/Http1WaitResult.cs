namespace NodeMesh.Proxy.Requests;

/// <summary>What came of waiting for an HTTP/1.1 connection.</summary>
internal enum Http1WaitResult
{
    /// <summary>The exchange is over, or its time for a connection.</summary>
    Abandoned,

    /// <summary>A connection is idle.</summary>
    Idle,

    /// <summary>Another may be made, and counts already.</summary>
    Place,
}
