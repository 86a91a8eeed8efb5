using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Daemon.Configuration;
using NodeMesh.Resources;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>Issues of the resources.</summary>
internal static class IssueReport
{
    public static IssueMessage Of(ResourceIssue issue) => new()
    {
        Severity = issue.Severity == IssueSeverity.Error ? "error" : "warning",
        File = issue.Location.File,
        Line = issue.Location.Line > 0 ? issue.Location.Line : null,
        Column = issue.Location.Line > 0 ? issue.Location.Column : null,
        Resource = issue.Resource?.ToString(),
        Field = issue.FieldPath.Length > 0 ? issue.FieldPath : null,
        Message = issue.Message,
    };

    /// <summary>The doubts about the configuration in force: of its files, and of what they refer to.</summary>
    public static IReadOnlyList<IssueMessage> WarningsOf(ConfigurationState state) =>
    [
        .. state.FileWarnings.Select(Of),
        .. (state.Snapshot?.Warnings ?? []).Select(warning => new IssueMessage { Severity = "warning", Message = warning }),
    ];
}
