using NodeMesh.Spiffe.Bundles;

namespace NodeMesh.Spiffe.Authority;

/// <summary>
/// The state of a trust domain's roots, and the only legal steps between states: prepare, activate, retire. From preparing to retiring the
/// bundle lists old and new, so every peer can learn the new root before it signs, and keeps the old until its last leaf has ended.
/// Immutable: each step gives a new state. Safe on any thread.
/// </summary>
/// <param name="Active">The generation that signs.</param>
/// <param name="Prepared">The next generation, already in the bundle but not signing, or null.</param>
/// <param name="Retiring">Roots (DER) that no longer sign but are still in the bundle.</param>
public sealed record AuthorityRotation(
    AuthorityGeneration Active, AuthorityGeneration? Prepared, IReadOnlyList<ReadOnlyMemory<byte>> Retiring)
{
    public TrustDomain TrustDomain => Active.Root.TrustDomain;

    /// <summary>Publishes a next generation beside the active one.</summary>
    /// <exception cref="AuthorityException">One is prepared already, an old root is still to be retired, or it is of another trust domain.</exception>
    public AuthorityRotation Prepare(AuthorityGeneration next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (Prepared is not null)
        {
            throw new AuthorityException($"a next root of {TrustDomain} is prepared already; activate it once every peer has the new bundle");
        }

        if (Retiring.Count > 0)
        {
            throw new AuthorityException($"an old root of {TrustDomain} is still in the bundle; retire it before the next rotation begins");
        }

        return next.Root.TrustDomain == TrustDomain
            ? this with { Prepared = next }
            : throw new AuthorityException($"the next root is of {next.Root.TrustDomain}, not of {TrustDomain}");
    }

    /// <summary>Lets the prepared generation sign; the old root stays in the bundle.</summary>
    /// <exception cref="AuthorityException">None is prepared.</exception>
    public AuthorityRotation Activate() => Prepared is null
        ? throw new AuthorityException($"no next root of {TrustDomain} is prepared; prepare one first, and let every peer take the new bundle")
        : new AuthorityRotation(Prepared, null, [.. Retiring, Active.Root.Certificate]);

    /// <summary>Takes the old roots out of the bundle: what they signed is no longer trusted.</summary>
    /// <exception cref="AuthorityException">There is none.</exception>
    public AuthorityRotation Retire() => Retiring.Count == 0
        ? throw new AuthorityException($"no old root of {TrustDomain} is left to retire")
        : this with { Retiring = [] };

    /// <summary>All roots that peers are to trust now, active first.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Roots =>
        Prepared is null ? [Active.Root.Certificate, .. Retiring] : [Active.Root.Certificate, Prepared.Root.Certificate, .. Retiring];

    /// <summary>The bundle to publish. It follows <paramref name="previous"/>: its sequence is one higher, and its JWT keys and hint are kept.</summary>
    public TrustBundle MakeBundle(TrustBundle? previous) => new(
        TrustDomain,
        Roots,
        (previous?.Sequence ?? 0) + 1,
        previous?.RefreshHint ?? TrustBundle.DefaultRefreshHint,
        previous?.JwtAuthorities);
}
