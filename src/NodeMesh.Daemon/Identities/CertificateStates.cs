using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Daemon.Identities;

/// <summary>Judges certificates by the clock. Stateless.</summary>
internal static class CertificateStates
{
    /// <summary>Renewal is due at half life; with less than one fifth left, something is wrong with it.</summary>
    private const int LateShare = 5;

    public static CertificateState At(X509Svid? svid, DateTimeOffset now) => svid switch
    {
        null => CertificateState.Missing,
        _ when now >= svid.NotAfter => CertificateState.Expired,
        _ when now < svid.NotBefore => CertificateState.NotYetValid,
        _ when svid.NotAfter - now < (svid.NotAfter - svid.NotBefore) / LateShare => CertificateState.Expiring,
        _ => CertificateState.Valid,
    };

    /// <summary>The word of the admin API.</summary>
    public static string Name(CertificateState state) => state switch
    {
        CertificateState.Valid => "valid",
        CertificateState.Expiring => "expiring",
        CertificateState.Expired => "expired",
        CertificateState.NotYetValid => "not-yet-valid",
        _ => "missing",
    };
}
