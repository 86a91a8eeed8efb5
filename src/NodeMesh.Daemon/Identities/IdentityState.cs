using System.Collections.Frozen;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Files;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Daemon.Identities;

/// <summary>The identities and bundles in use, and the files that could not be used. Immutable, swapped whole.</summary>
internal sealed record IdentityState
{
    public static IdentityState Empty { get; } = new();

    public SvidSet Svids { get; init; } = SvidSet.Empty;

    public TrustBundleSet Bundles { get; init; } = TrustBundleSet.Empty;

    /// <summary>The authorities of <see cref="Bundles"/>, taken apart once.</summary>
    public IReadOnlyDictionary<TrustDomain, IReadOnlyList<BundleAuthority>> Authorities { get; init; } =
        FrozenDictionary<TrustDomain, IReadOnlyList<BundleAuthority>>.Empty;

    public IReadOnlyList<FileProblem> IdentityProblems { get; init; } = [];

    public IReadOnlyList<FileProblem> BundleProblems { get; init; } = [];
}
