using NodeMesh.Resources.Schema;

namespace NodeMesh.Resources.Loading;

/// <summary>
/// Finds the lines of documents that there is something to say about, by reading their files again: few have issues, and trees with lines and columns are
/// large. Lives for one load or check, on one thread.
/// </summary>
internal sealed class DocumentLines
{
    private readonly Dictionary<ResourceFile, Dictionary<SourceLocation, FieldScope>> _files = new(ReferenceEqualityComparer.Instance);

    /// <summary>The document; what is reported there goes to the collector.</summary>
    public FieldScope Of(MeshDocument document, IssueCollector issues)
    {
        if (!_files.TryGetValue(document.File, out var documents))
        {
            // Whatever is wrong there was said when it was read first.
            documents = DocumentParser.Parse(document.File, new IssueCollector()).ToDictionary(parsed => parsed.Location, parsed => parsed.Document);
            _files.Add(document.File, documents);
        }

        return documents[document.Location] with { Document = new DocumentScope(document.File.Name, issues) { Resource = document.Key } };
    }
}
