namespace NodeMesh.Resources.Loading;

/// <summary>What files hold, each resource judged by itself.</summary>
/// <param name="Documents">Those that are right, in the order of the files.</param>
/// <param name="Issues">Errors first; at most a hundred of each severity.</param>
public sealed record ResourceParse(ValueList<MeshDocument> Documents, ValueList<ResourceIssue> Issues)
{
    public bool HasErrors => Issues is [{ Severity: IssueSeverity.Error }, ..];

    public ValueList<Resource> Resources { get; } = Documents.AsEnumerable().Select(document => document.Resource).ToValueList();
}
