namespace NodeMesh.Proxy.Attestation;

/// <summary>How far attestation came. A process that is not known is something else than one that nobody claims: it may be any workload's.</summary>
internal enum AttestationStatus
{
    /// <summary>The kernel could not tell whose the socket is, so it may be anybody's. The default, since it is trusted least.</summary>
    Unattested,

    /// <summary>The process is known, and no Workload claims it.</summary>
    Unmatched,

    /// <summary>The process is known, and a Workload claims it.</summary>
    Matched,
}
