using NodeMesh.Resources;

namespace NodeMesh.Controller.Api.Messages;

/// <summary>Something wrong or doubtful in resources. See docs/controller.md.</summary>
internal sealed record IssueMessage
{
    public required string Severity { get; init; }

    public string? File { get; init; }

    public int? Line { get; init; }

    public int? Column { get; init; }

    public string? Resource { get; init; }

    public string? Field { get; init; }

    public required string Message { get; init; }

    public static IssueMessage Of(ResourceIssue issue) => new()
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
