using System.Collections.Frozen;
using NodeMesh.Spiffe;

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

    /// <exception cref="TlsException">A certificate or key cannot be used; nothing is kept.</exception>
    /// <exception cref="ArgumentException">Two SVIDs are of one identity.</exception>
    public TlsIdentitySet(IEnumerable<X509Svid> svids, TrustBundleSet bundles)
    {
        ArgumentNullException.ThrowIfNull(svids);
        ArgumentNullException.ThrowIfNull(bundles);
        Bundles = bundles;
        var credentials = new Dictionary<SpiffeId, TlsCredential>();
        try
        {
            foreach (var svid in svids)
            {
                if (credentials.ContainsKey(svid.Id))
                {
                    throw new ArgumentException($"two SVIDs are of {svid.Id}; one is needed", nameof(svids));
                }

                credentials.Add(svid.Id, SvidCredential.From(svid));
            }
        }
        catch
        {
            foreach (var credential in credentials.Values)
            {
                credential.Dispose();
            }

            throw;
        }

        _byId = credentials.ToFrozenDictionary();
        _byServerName = credentials.ToFrozenDictionary(c => IdentityServerName.For(c.Key), c => c.Value, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The identities, in no order.</summary>
    public IReadOnlyCollection<SpiffeId> Ids => _byId.Keys;

    internal TrustBundleSet Bundles { get; }

    public void Dispose()
    {
        foreach (var credential in _byId.Values)
        {
            credential.Dispose();
        }
    }

    internal TlsCredential? Find(SpiffeId id) => _byId.GetValueOrDefault(id);

    internal TlsCredential? FindByServerName(string serverName) => _byServerName.GetValueOrDefault(serverName);
}
