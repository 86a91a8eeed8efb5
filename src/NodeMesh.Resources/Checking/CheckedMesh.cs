using System.Collections.Immutable;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Resources.Checking;

/// <summary>
/// A mesh that is right: every resource by itself, and all against one another. A change of it is checked in as many steps as it concerns resources, with
/// the same outcome as if everything were checked. Immutable, so a change that is refused or given up leaves nothing behind; safe on any thread.
/// </summary>
public sealed class CheckedMesh
{
    private readonly MeshIndex _index;
    private readonly ImmutableSortedDictionary<ResourceKey, ValueList<ResourceIssue>> _doubts;

    /// <param name="doubts">Warnings, by the resource that they are about.</param>
    private CheckedMesh(MeshIndex index, ImmutableSortedDictionary<ResourceKey, ValueList<ResourceIssue>> doubts)
    {
        _index = index;
        _doubts = doubts;
    }

    public static CheckedMesh Empty { get; } = new(MeshIndex.Empty, ImmutableSortedDictionary.Create<ResourceKey, ValueList<ResourceIssue>>(ResourceKey.Order));

    /// <summary>Null when the mesh is empty.</summary>
    public MeshConfig? Config => (MeshConfig?)_index.Config?.Resource;

    public int Count => _index.Count;

    /// <summary>Every document, in order of kind, namespace and name.</summary>
    public IEnumerable<MeshDocument> Documents => _index.All;

    public IEnumerable<Resource> All => _index.All.Select(document => document.Resource);

    /// <summary>The resources of a kind, in order of namespace and name.</summary>
    public IEnumerable<Resource> OfKind(string kind) => _index.OfKind(kind).Values.Select(document => document.Resource);

    public MeshDocument? DocumentOf(ResourceKey key) => _index.Find(key);

    public Resource? Find(ResourceKey key) => _index.Find(key)?.Resource;

    /// <summary>The warnings about a resource.</summary>
    public ValueList<ResourceIssue> DoubtsOf(ResourceKey key) => _doubts.GetValueOrDefault(key, []);

    /// <summary>What there are warnings about in one of the two, and none in the other, or is not there at all.</summary>
    public IEnumerable<ResourceKey> DoubtedOtherwiseThan(CheckedMesh other) => ReferenceEquals(_doubts, other._doubts)
        ? []
        : _doubts.Keys.Where(key => !other._doubts.ContainsKey(key)).Concat(other._doubts.Keys.Where(key => !_doubts.ContainsKey(key)));

    /// <summary>The workloads of a node, in order of namespace and name.</summary>
    public IEnumerable<Workload> WorkloadsOn(string node) => _index.WorkloadsOn(node);

    /// <summary>All of it as a set.</summary>
    /// <exception cref="InvalidOperationException">The mesh is empty.</exception>
    public ResourceSet ToSet() => _index.Config is null ? throw new InvalidOperationException("an empty mesh is no set of resources") : new ResourceSet(_index);

    /// <summary>The mesh as it would be.</summary>
    /// <param name="put">New ones, and others in the place of those of the same key.</param>
    /// <param name="removed">None that is put as well.</param>
    public MeshCheck Change(IReadOnlyCollection<MeshDocument> put, IReadOnlyCollection<ResourceKey> removed) => Change(put, removed, new IssueCollector());

    internal MeshCheck Change(IReadOnlyCollection<MeshDocument> put, IReadOnlyCollection<ResourceKey> removed, IssueCollector issues)
    {
        var change = new MeshChange(_index);
        foreach (var key in removed)
        {
            change.Remove(key);
        }

        foreach (var document in put)
        {
            change.Put(document);
        }

        var index = change.ToIndex();
        if (index.Config is null)
        {
            issues.Add(NoConfig(put.FirstOrDefault() ?? index.All.FirstOrDefault()));
            return new MeshCheck(null, issues.ToList());
        }

        var doubts = Check(index, change.Concerned(index), issues);
        return new MeshCheck(issues.HasErrors ? null : new CheckedMesh(index, doubts), issues.ToList());
    }

    /// <summary>Checks what is concerned, and says again what was said before of the rest.</summary>
    private ImmutableSortedDictionary<ResourceKey, ValueList<ResourceIssue>> Check(MeshIndex index, HashSet<ResourceKey> concerned, IssueCollector issues)
    {
        var doubts = _doubts.ToBuilder();
        var lines = new DocumentLines();
        var ordered = concerned.Concat(_doubts.Keys.Where(key => !concerned.Contains(key))).ToArray();
        Array.Sort(ordered, ResourceKey.Compare);
        foreach (var key in ordered)
        {
            if (issues.IsFull)
            {
                break;
            }

            if (concerned.Contains(key))
            {
                doubts.Remove(key);
                if (index.Find(key) is { } document && Check(index, document, lines) is { IsEmpty: false } found)
                {
                    doubts.Add(key, found);
                }
            }

            foreach (var issue in doubts.GetValueOrDefault(key, []))
            {
                issues.Add(issue);
            }
        }

        return doubts.ToImmutable();
    }

    private static ValueList<ResourceIssue> Check(MeshIndex index, MeshDocument document, DocumentLines lines)
    {
        var issues = new IssueCollector();
        SetChecks.Check(index, document.Resource, new CheckedDocument(document, lines, issues));
        return issues.ToList();
    }

    private static ResourceIssue NoConfig(MeshDocument? first) => new()
    {
        Severity = IssueSeverity.Error,
        Location = new SourceLocation(first?.Location.File ?? "resources", 0, 0),
        Message = $"{(first is null ? "there is no resource at all, and so no MeshConfig" : "there is no MeshConfig")}; add one, named {MeshConfig.SingletonName}, that says the trust domain",
    };
}
