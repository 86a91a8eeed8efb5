namespace NodeMesh.Resources.Loading;

/// <summary>Makes resources of files. Stateless; safe on any thread.</summary>
public static class ResourceLoader
{
    /// <summary>Reads each resource by itself, without asking whether what it names exists.</summary>
    public static ResourceParse Parse(IEnumerable<ResourceFile> files)
    {
        var issues = new IssueCollector();
        var documents = ReadAll(files, issues, file => Read(file, issues));
        return new ResourceParse(documents.ToValueList(), issues.ToList());
    }

    /// <summary>Reads a whole mesh and checks it against itself. When any resource is wrong, there is no set.</summary>
    public static ResourceLoad Load(IReadOnlyCollection<ResourceFile> files) => Load(files, new IssueCollector());

    internal static ResourceLoad Load(IReadOnlyCollection<ResourceFile> files, IssueCollector issues) => new MeshReader().Load(files, issues);

    /// <summary>The documents of one file.</summary>
    internal static MeshDocument[] Read(ResourceFile file, IssueCollector issues) =>
        [.. DocumentParser.Parse(file, issues).Select(parsed => new MeshDocument(parsed.Resource, file, parsed.Location))];

    /// <summary>The documents of all files, of which no two may be of one resource.</summary>
    internal static List<MeshDocument> ReadAll(IEnumerable<ResourceFile> files, IssueCollector issues, Func<ResourceFile, MeshDocument[]> read)
    {
        var documents = new List<MeshDocument>();
        var seen = new Dictionary<ResourceKey, SourceLocation>();
        var lines = new DocumentLines();
        foreach (var file in files)
        {
            if (issues.IsFull)
            {
                break;
            }

            foreach (var document in read(file))
            {
                if (seen.TryAdd(document.Key, document.Location))
                {
                    documents.Add(document);
                }
                else
                {
                    lines.Of(document, issues).Error("metadata.name", $"{document.Key} stands here again; it is first given at {seen[document.Key]}");
                }
            }
        }

        return documents;
    }
}
