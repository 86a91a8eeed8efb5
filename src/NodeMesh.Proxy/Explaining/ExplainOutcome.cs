namespace NodeMesh.Proxy.Explaining;

/// <summary>How a connection would be carried.</summary>
public enum ExplainOutcome
{
    Refused,

    /// <summary>Over mutual TLS to another node.</summary>
    Mesh,

    /// <summary>Straight to a workload of this node.</summary>
    Local,

    /// <summary>Outside the mesh, as it is.</summary>
    Plaintext,

    /// <summary>Some endpoints that may be chosen refuse it, and some do not.</summary>
    Varies,
}
