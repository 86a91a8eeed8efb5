namespace NodeMesh.Resources.Problems;

/// <summary>Something wrong or doubtful in resources, as the APIs tell it. See docs/admin-api.md.</summary>
public sealed record IssueMessage
{
    /// <summary><c>error</c> or <c>warning</c>.</summary>
    public required string Severity { get; init; }

    public string? File { get; init; }

    /// <summary>From 1; absent when the whole file or mesh is meant, as is the column.</summary>
    public int? Line { get; init; }

    public int? Column { get; init; }

    public string? Resource { get; init; }

    public string? Field { get; init; }

    public required string Message { get; init; }

    public static IssueMessage Of(ResourceIssue issue)
    {
        ArgumentNullException.ThrowIfNull(issue);
        return new IssueMessage
        {
            Severity = issue.Severity == IssueSeverity.Error ? "error" : "warning",
            File = issue.Location.File.Length > 0 ? issue.Location.File : null,
            Line = issue.Location.Line > 0 ? issue.Location.Line : null,
            Column = issue.Location.Line > 0 ? issue.Location.Column : null,
            Resource = issue.Resource?.ToString(),
            Field = issue.FieldPath.Length > 0 ? issue.FieldPath : null,
            Message = issue.Message,
        };
    }
}
