using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace NodeMesh.Spiffe.Bundles;

/// <summary>
/// The bundles of all trusted domains, each kept apart: an authority of one domain never vouches for an identity of another.
/// Immutable and safe on any thread; replaced whole.
/// </summary>
public sealed class TrustBundleSet
{
    private readonly FrozenDictionary<TrustDomain, TrustBundle> _byDomain;

    /// <exception cref="ArgumentException">Two bundles are of one trust domain; bundles are never merged.</exception>
    public TrustBundleSet(IEnumerable<TrustBundle> bundles)
    {
        ArgumentNullException.ThrowIfNull(bundles);
        var byDomain = new Dictionary<TrustDomain, TrustBundle>();
        foreach (var bundle in bundles)
        {
            if (!byDomain.TryAdd(bundle.TrustDomain, bundle))
            {
                throw new ArgumentException($"there are two bundles of the trust domain {bundle.TrustDomain}", nameof(bundles));
            }
        }

        _byDomain = byDomain.ToFrozenDictionary();
    }

    public static TrustBundleSet Empty { get; } = new([]);

    public IReadOnlyCollection<TrustBundle> Bundles => _byDomain.Values;

    public bool TryGet(TrustDomain trustDomain, [NotNullWhen(true)] out TrustBundle? bundle) => _byDomain.TryGetValue(trustDomain, out bundle);

    /// <summary>This set with the bundle in place of the one its trust domain had.</summary>
    public TrustBundleSet With(TrustBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return new TrustBundleSet(_byDomain.Values.Where(b => b.TrustDomain != bundle.TrustDomain).Append(bundle));
    }
}
