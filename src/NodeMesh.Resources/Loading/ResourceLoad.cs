namespace NodeMesh.Resources.Loading;

/// <summary>The outcome of loading a whole mesh: all or nothing.</summary>
/// <param name="Set">Null when there is an error: nothing of the files may be used then.</param>
/// <param name="Issues">Errors first; at most a hundred of each severity. Warnings also stand beside a set.</param>
public sealed record ResourceLoad(ResourceSet? Set, ValueList<ResourceIssue> Issues)
{
    public IEnumerable<ResourceIssue> Errors => Issues.AsEnumerable().Where(issue => issue.Severity == IssueSeverity.Error);

    public IEnumerable<ResourceIssue> Warnings => Issues.AsEnumerable().Where(issue => issue.Severity == IssueSeverity.Warning);
}
