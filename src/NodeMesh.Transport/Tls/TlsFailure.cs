namespace NodeMesh.Transport.Tls;

/// <summary>Why a session failed: a code to count by, and a sentence for the operator that says what was met and what would be right.</summary>
/// <param name="Alert">The alert that the peer sent (RFC 8446, section 6.2), when <paramref name="Code"/> is PeerAlert; else null.</param>
public sealed record TlsFailure(TlsFailureCode Code, string Detail, byte? Alert = null)
{
    public override string ToString() => $"{Code}: {Detail}";
}
