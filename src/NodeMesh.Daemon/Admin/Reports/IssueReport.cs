using NodeMesh.Daemon.Configuration;
using NodeMesh.Resources.Problems;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>Issues of the resources.</summary>
internal static class IssueReport
{
    /// <summary>The doubts about the configuration in force: of its files, and of what they refer to.</summary>
    public static IReadOnlyList<IssueMessage> WarningsOf(ConfigurationState state) =>
    [
        .. state.FileWarnings.Select(IssueMessage.Of),
        .. (state.Snapshot?.Warnings ?? []).Select(warning => new IssueMessage { Severity = "warning", Message = warning }),
    ];
}
