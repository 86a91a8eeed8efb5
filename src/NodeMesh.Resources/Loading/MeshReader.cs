using NodeMesh.Resources.Checking;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Resources.Loading;

/// <summary>
/// Reads the same mesh again and again, as a daemon does: a file that says what it said before is not read again, and of the mesh only what changed is
/// checked. The outcome is the same as if it were read for the first time. Used by one thread at a time.
/// </summary>
public sealed class MeshReader
{
    private Dictionary<string, (ResourceFile File, MeshDocument[] Documents)> _read = new(StringComparer.Ordinal);
    private CheckedMesh _mesh = CheckedMesh.Empty;

    /// <summary>Reads a whole mesh and checks it against itself. When any resource is wrong, there is no set.</summary>
    /// <param name="files">All of them; no two of one name.</param>
    public ResourceLoad Load(IEnumerable<ResourceFile> files) => Load(files, new IssueCollector());

    internal ResourceLoad Load(IEnumerable<ResourceFile> files, IssueCollector issues)
    {
        var read = new Dictionary<string, (ResourceFile File, MeshDocument[] Documents)>(StringComparer.Ordinal);
        var documents = ResourceLoader.ReadAll(files, issues, file => (read[file.Name] = Read(file, issues)).Documents);
        if (issues.HasErrors)
        {
            // What a resource names may stand in one that could not be read: looking further would blame the wrong line.
            return new ResourceLoad(null, issues.ToList());
        }

        _read = read;
        var kept = documents.Select(document => document.Key).ToHashSet();

        // Without a MeshConfig there is nothing to check, and the first file is told.
        var isMesh = documents.Exists(document => document.Resource is MeshConfig);
        var check = _mesh.Change(
            [.. documents.Where(document => !isMesh || !ReferenceEquals(_mesh.DocumentOf(document.Key), document))],
            [.. _mesh.Documents.Select(document => document.Key).Where(key => !kept.Contains(key))],
            issues);
        if (check.Mesh is not { } mesh)
        {
            return new ResourceLoad(null, check.Issues);
        }

        _mesh = mesh;
        return new ResourceLoad(mesh.ToSet(), check.Issues);
    }

    private (ResourceFile File, MeshDocument[] Documents) Read(ResourceFile file, IssueCollector issues)
    {
        if (_read.TryGetValue(file.Name, out var known)
            && (ReferenceEquals(known.File, file) || known.File.Content.Span.SequenceEqual(file.Content.Span)))
        {
            return known;
        }

        return (file, ResourceLoader.Read(file, issues));
    }
}
