using System.Collections.Frozen;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Transport.Tls;

/// <summary>
/// All identities that this node speaks as, and the bundles it trusts, at one moment. Immutable; made off the loops, given to the contexts and
/// swapped by reference. Dispose it once it is replaced in every context: handshakes that are just choosing finish or take the new set, sessions
/// that are open keep what they use. A set that is forgotten is freed by the garbage collector, only later.
/// </summary>
public sealed class TlsIdentitySet : IDisposable
{
    private readonly FrozenDictionary<SpiffeId, TlsCredential> _byId;
    private readonly FrozenDictionary<string, TlsCredential> _byServerName;

    /// <param name="svids">One per identity, as <see cref="SvidSet.Svids"/> gives them.</param>
    /// <exception cref="TlsException">A certificate or key cannot be used; nothing is kept.</exception>
    /// <exception cref="ArgumentException">Two SVIDs are of one identity.</exception>
    public TlsIdentitySet(IEnumerable<X509Svid> svids, TrustBundleSet bundles, TimeProvider time)
        : this(Load(svids), bundles, time)
    {
    }

    /// <summary>Of credentials that are owned from now on.</summary>
    internal TlsIdentitySet(IReadOnlyCollection<TlsCredential> credentials, TrustBundleSet bundles, TimeProvider time)
    {
        Bundles = bundles;
        Verifier = new PeerVerifier(new SvidValidator(bundles, time), time);
        _byId = credentials.ToFrozenDictionary(c => c.Id);
        _byServerName = credentials.ToFrozenDictionary(c => IdentityServerName.For(c.Id), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The identities, in no order.</summary>
    public IReadOnlyCollection<SpiffeId> Ids => _byId.Keys;

    /// <summary>Whom it trusts.</summary>
    public TrustBundleSet Bundles { get; }

    /// <summary>Judges peers by this set's bundles.</summary>
    internal PeerVerifier Verifier { get; }

    public void Dispose()
    {
        foreach (var credential in _byId.Values)
        {
            credential.Dispose();
        }
    }

    /// <summary>True when both sets speak as <paramref name="id"/> with the very same certificate.</summary>
    public bool HasSameCertificate(TlsIdentitySet other, SpiffeId id)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Find(id) is { } mine && other.Find(id) is { } theirs && mine.IsSameCertificate(theirs);
    }

    internal TlsCredential? Find(SpiffeId id) => _byId.GetValueOrDefault(id);

    internal TlsCredential? FindByServerName(string serverName) => _byServerName.GetValueOrDefault(serverName);

    private static List<TlsCredential> Load(IEnumerable<X509Svid> svids)
    {
        ArgumentNullException.ThrowIfNull(svids);
        var credentials = new List<TlsCredential>();
        var ids = new HashSet<SpiffeId>();
        try
        {
            foreach (var svid in svids)
            {
                if (!ids.Add(svid.Id))
                {
                    throw new ArgumentException($"two SVIDs are of {svid.Id}; one is needed", nameof(svids));
                }

                credentials.Add(new TlsCredential(svid.Id, svid.Chain, svid.PrivateKey.Span));
            }

            return credentials;
        }
        catch
        {
            credentials.ForEach(c => c.Dispose());
            throw;
        }
    }
}
