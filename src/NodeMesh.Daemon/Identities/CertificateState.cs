namespace NodeMesh.Daemon.Identities;

/// <summary>How an identity's certificate stands at a moment.</summary>
internal enum CertificateState
{
    Valid,

    /// <summary>Less than a fifth of its life is left: whoever renews it is late.</summary>
    Expiring,
    Expired,
    NotYetValid,

    /// <summary>There is none on this machine.</summary>
    Missing,
}
