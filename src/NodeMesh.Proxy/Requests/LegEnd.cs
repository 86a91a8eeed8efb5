namespace NodeMesh.Proxy.Requests;

/// <summary>How an exchange lets a leg go.</summary>
internal enum LegEnd
{
    /// <summary>What was sent is whole; what is still to come is not wanted (RFC 9113, section 8.1: NO_ERROR).</summary>
    Complete,

    /// <summary>The other side is not interested any more.</summary>
    Cancelled,

    /// <summary>The other side failed: what was sent is not whole.</summary>
    Failed,
}
