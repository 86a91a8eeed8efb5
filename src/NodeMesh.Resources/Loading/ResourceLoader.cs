using NodeMesh.Resources.Mesh;

namespace NodeMesh.Resources.Loading;

/// <summary>Makes resources of files. Stateless; safe on any thread.</summary>
public static class ResourceLoader
{
    /// <summary>Reads each resource by itself, without asking whether what it names exists.</summary>
    public static ResourceParse Parse(IEnumerable<ResourceFile> files)
    {
        var issues = new IssueCollector();
        var parsed = ParseAll(files, issues);
        return new ResourceParse(parsed.Select(p => p.Resource).ToValueList(), issues.ToList());
    }

    /// <summary>Reads a whole mesh and checks it against itself. When any resource is wrong, there is no set.</summary>
    public static ResourceLoad Load(IEnumerable<ResourceFile> files) => Load(files, new IssueCollector());

    internal static ResourceLoad Load(IEnumerable<ResourceFile> files, IssueCollector issues)
    {
        var parsed = ParseAll(files, issues);
        if (issues.HasErrors)
        {
            // What a resource names may stand in one that could not be read: looking further would blame the wrong line.
            return new ResourceLoad(null, issues.ToList());
        }

        if (!parsed.Exists(p => p.Resource is MeshConfig))
        {
            issues.Add(new ResourceIssue
            {
                Severity = IssueSeverity.Error,
                Location = parsed.Count > 0 ? new SourceLocation(parsed[0].Location.File, 0, 0) : new SourceLocation("resources", 0, 0),
                Message = $"{(parsed.Count == 0 ? "there is no resource at all, and so no MeshConfig" : "there is no MeshConfig")}; add one, named {MeshConfig.SingletonName}, that says the trust domain",
            });
            return new ResourceLoad(null, issues.ToList());
        }

        var set = ResourceSet.Create(parsed.Select(p => p.Resource), parsed.Select(p => KeyValuePair.Create(p.Resource.Key, p.Location)));
        SetChecks.Check(set, parsed, issues);
        return new ResourceLoad(issues.HasErrors ? null : set, issues.ToList());
    }

    private static List<ParsedResource> ParseAll(IEnumerable<ResourceFile> files, IssueCollector issues)
    {
        var parsed = new List<ParsedResource>();
        var seen = new Dictionary<ResourceKey, SourceLocation>();
        foreach (var file in files)
        {
            if (issues.IsFull)
            {
                break;
            }

            foreach (var resource in DocumentParser.Parse(file, issues))
            {
                if (seen.TryAdd(resource.Resource.Key, resource.Location))
                {
                    parsed.Add(resource);
                }
                else
                {
                    resource.Error("metadata.name", $"{resource.Resource.Key} stands here again; it is first given at {seen[resource.Resource.Key]}");
                }
            }
        }

        return parsed;
    }
}
