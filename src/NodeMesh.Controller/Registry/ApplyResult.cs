using NodeMesh.Controller.Store;
using NodeMesh.Resources;

namespace NodeMesh.Controller.Registry;

/// <summary>What came of an apply.</summary>
/// <param name="Revision">Null when nothing was changed.</param>
/// <param name="Changes">Every resource that was given, in order of key; what would become of it where it was a dry run or refused.</param>
/// <param name="Issues">Errors, for which the whole was refused, and warnings.</param>
internal sealed record ApplyResult(Revision? Revision, IReadOnlyList<ResourceChange> Changes, IReadOnlyList<ResourceIssue> Issues)
{
    public bool IsRefused => Issues.Any(issue => issue.Severity == IssueSeverity.Error);

    public static ApplyResult Refused(IReadOnlyList<ResourceIssue> issues, IReadOnlyList<ResourceChange>? changes = null) => new(null, changes ?? [], issues);
}
