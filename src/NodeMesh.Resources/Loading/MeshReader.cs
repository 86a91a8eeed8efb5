using NodeMesh.Resources.Checking;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Resources.Loading;

/// <summary>
/// Reads the same mesh again and again, as a daemon does: a file that says what it said before is not read again, and of the mesh only what changed is
/// checked. The outcome is the same as if it were read for the first time. Used by one thread at a time.
/// </summary>
public sealed class MeshReader
{
    private readonly Dictionary<string, KnownFile> _known = new(StringComparer.Ordinal);
    private CheckedMesh _mesh = CheckedMesh.Empty;

    /// <summary>Reads a whole mesh and checks it against itself. When any resource is wrong, there is no set.</summary>
    /// <param name="files">All of them; no two of one name.</param>
    public ResourceLoad Load(IReadOnlyCollection<ResourceFile> files) => Load(files, new IssueCollector());

    internal ResourceLoad Load(IReadOnlyCollection<ResourceFile> files, IssueCollector issues)
    {
        var read = ReadNew(files, issues);
        if (issues.HasErrors)
        {
            // What a resource names may stand in one that could not be read: looking further would blame the wrong line.
            return new ResourceLoad(null, issues.ToList());
        }

        var gone = FindGone(files, read);
        if (TryFindChange(read, gone, out var put, out var removed))
        {
            return Check(read, gone, put, removed, issues);
        }

        // A resource stands twice, or there is no mesh at all: whom to tell depends on the order of all files.
        var documents = ResourceLoader.ReadAll(files, issues, file => read.TryGetValue(file.Name, out var fresh) ? fresh.Documents : _known[file.Name].Documents);
        return issues.HasErrors ? new ResourceLoad(null, issues.ToList()) : Check(read, gone, documents, [.. Missing(documents)], issues);
    }

    /// <summary>The files that are new or say something else than before.</summary>
    private Dictionary<string, KnownFile> ReadNew(IReadOnlyCollection<ResourceFile> files, IssueCollector issues)
    {
        var read = new Dictionary<string, KnownFile>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (issues.IsFull)
            {
                break;
            }

            if (!_known.TryGetValue(file.Name, out var known) || !known.Says(file))
            {
                read.Add(file.Name, new KnownFile(file, ResourceLoader.Read(file, issues)));
            }
        }

        return read;
    }

    /// <summary>The names of files that are there no more.</summary>
    private HashSet<string> FindGone(IReadOnlyCollection<ResourceFile> files, Dictionary<string, KnownFile> read)
    {
        if (files.Count - read.Keys.Count(name => !_known.ContainsKey(name)) == _known.Count)
        {
            return [];
        }

        var names = files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        return [.. _known.Keys.Where(name => !names.Contains(name))];
    }

    /// <summary>What the files change of the mesh. False when one resource stands twice, or there would be no MeshConfig.</summary>
    private bool TryFindChange(Dictionary<string, KnownFile> read, HashSet<string> gone, out IReadOnlyCollection<MeshDocument> put, out ResourceKey[] removed)
    {
        var documents = new Dictionary<ResourceKey, MeshDocument>();
        var isSound = true;
        foreach (var document in read.Values.SelectMany(file => file.Documents))
        {
            isSound &= documents.TryAdd(document.Key, document)
                && (_mesh.DocumentOf(document.Key) is not { } other || read.ContainsKey(other.File.Name) || gone.Contains(other.File.Name));
        }

        put = documents.Values;
        removed = [.. read.Keys.Concat(gone)
            .SelectMany(name => _known.TryGetValue(name, out var known) ? known.Documents : [])
            .Select(document => document.Key)
            .Where(key => !documents.ContainsKey(key))];
        var config = _mesh.Config?.Key;
        return isSound && (documents.Values.Any(document => document.Resource is MeshConfig) || (config is { } key && !removed.Contains(key)));
    }

    private IEnumerable<ResourceKey> Missing(List<MeshDocument> documents)
    {
        var kept = documents.Select(document => document.Key).ToHashSet();
        return _mesh.Documents.Select(document => document.Key).Where(key => !kept.Contains(key));
    }

    private ResourceLoad Check(
        Dictionary<string, KnownFile> read, HashSet<string> gone, IReadOnlyCollection<MeshDocument> put, ResourceKey[] removed, IssueCollector issues)
    {
        var check = _mesh.Change(put, removed, issues);
        if (check.Mesh is not { } mesh)
        {
            return new ResourceLoad(null, check.Issues);
        }

        _mesh = mesh;
        foreach (var name in gone)
        {
            _known.Remove(name);
        }

        foreach (var (name, file) in read)
        {
            _known[name] = file;
        }

        return new ResourceLoad(mesh.ToSet(), check.Issues);
    }

    /// <summary>A file of the mesh as it is, and its documents.</summary>
    private sealed record KnownFile(ResourceFile File, MeshDocument[] Documents)
    {
        public bool Says(ResourceFile other) => ReferenceEquals(File, other) || File.Content.Span.SequenceEqual(other.Content.Span);
    }
}
