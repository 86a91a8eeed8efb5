namespace NodeMesh.Proxy.Authorization;

/// <summary>What a decision rests on.</summary>
public enum AuthorizationReason
{
    /// <summary>No DENY matched, and no ALLOW policy applies to the workload.</summary>
    NoAllowPolicies,

    /// <summary>A rule of an ALLOW policy matched.</summary>
    AllowMatched,

    /// <summary>A rule of a DENY policy matched.</summary>
    DenyMatched,

    /// <summary>ALLOW policies apply to the workload, and none matched.</summary>
    NoAllowMatched,

    /// <summary>What should decide could not be resolved.</summary>
    Unresolved,
}
