namespace NodeMesh.Proxy.Telemetry;

/// <summary>Which listener took the connection.</summary>
public enum AccessLogDirection
{
    /// <summary>From a local workload outwards (15001).</summary>
    Outbound,

    /// <summary>From a mesh peer to a local workload (15008).</summary>
    Inbound,

    /// <summary>Plaintext from outside the mesh to a local workload (15006).</summary>
    InboundPlaintext,
}
