using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using NodeMesh.Spiffe.Files;

namespace NodeMesh.Spiffe.Svids;

/// <summary>The SVIDs of one machine, by identity, as one immutable snapshot. Safe on any thread; replaced whole, never changed.</summary>
public sealed class SvidSet
{
    private readonly FrozenDictionary<SpiffeId, X509Svid> _byId;

    internal SvidSet(IReadOnlyDictionary<string, X509Svid> byFile, IReadOnlyList<FileProblem> problems)
    {
        ByFile = byFile;
        Problems = problems;
        _byId = byFile.Values
            .GroupBy(svid => svid.Id)
            .ToFrozenDictionary(group => group.Key, group => group.MaxBy(svid => svid.NotAfter)!);
    }

    public static SvidSet Empty { get; } = new(FrozenDictionary<string, X509Svid>.Empty, []);

    /// <summary>One SVID per identity, the one that lasts longest.</summary>
    public IReadOnlyCollection<X509Svid> Svids => _byId.Values;

    /// <summary>The files that could not be used, in the order of their names.</summary>
    public IReadOnlyList<FileProblem> Problems { get; }

    /// <summary>Each usable pair by its name without extension, also those that another file of the same identity outlasts.</summary>
    internal IReadOnlyDictionary<string, X509Svid> ByFile { get; }

    public bool TryGet(SpiffeId id, [NotNullWhen(true)] out X509Svid? svid) => _byId.TryGetValue(id, out svid);
}
