using System.Collections.Frozen;
using NodeMesh.Resources;
using NodeMesh.Spiffe;

namespace NodeMesh.Controller.Options;

/// <summary>
/// Who may do what over TLS, as the settings in force say. A reload replaces all of it at once, and ends what callers have under way by the one before.
/// Thread-safe; one per controller.
/// </summary>
internal sealed class OperatorGrants(ValueList<OperatorGrant> grants)
{
    private volatile Generation _now = new(grants);

    public bool Names(SpiffeId id) => _now.Find(id, null) is not null;

    public bool Names(CertificateFingerprint certificate) => _now.Find(null, certificate) is not null;

    /// <summary>False for who is no operator.</summary>
    /// <param name="replaced">Cancelled when others stand in the place of these grants.</param>
    public bool TryFind(SpiffeId? id, CertificateFingerprint? certificate, out OperatorRole role, out CancellationToken replaced)
    {
        var now = _now;
        var grant = now.Find(id, certificate);
        (role, replaced) = (grant?.Role ?? default, now.Replaced.Token);
        return grant is not null;
    }

    /// <summary>Puts others in their place; says who is new or has another role, and who is none any more.</summary>
    public (IReadOnlyList<OperatorGrant> Given, IReadOnlyList<OperatorGrant> Taken) Replace(ValueList<OperatorGrant> grants)
    {
        var before = _now;
        var after = new Generation(grants);
        OperatorGrant[] given = [.. after.All.Except(before.All)];
        OperatorGrant[] taken = [.. before.All.Where(grant => after.Find(grant.Id, grant.Certificate) is null)];
        if (given.Length > 0 || taken.Length > 0)
        {
            _now = after;
            before.Replaced.Cancel();
        }

        return (given, taken);
    }

    private sealed class Generation(ValueList<OperatorGrant> grants)
    {
        private readonly FrozenDictionary<SpiffeId, OperatorGrant> _byIdentity =
            grants.AsEnumerable().Where(grant => grant.Id is not null).ToFrozenDictionary(grant => grant.Id!);

        private readonly FrozenDictionary<CertificateFingerprint, OperatorGrant> _byCertificate =
            grants.AsEnumerable().Where(grant => grant.Certificate is not null).ToFrozenDictionary(grant => grant.Certificate!);

        public IEnumerable<OperatorGrant> All { get; } = grants;

        /// <summary>Never disposed of, as callers may hold its token: it has neither timer nor handle.</summary>
        public CancellationTokenSource Replaced { get; } = new();

        public OperatorGrant? Find(SpiffeId? id, CertificateFingerprint? certificate) =>
            id is not null ? _byIdentity.GetValueOrDefault(id) : certificate is not null ? _byCertificate.GetValueOrDefault(certificate) : null;
    }
}
