using Microsoft.AspNetCore.Http;
using NodeMesh.Daemon.Admin.Messages;
using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Daemon.Logging;
using NodeMesh.Daemon.Options;
using NodeMesh.Daemon.Wiring;
using NodeMesh.Resources.Problems;
using NodeMesh.Spiffe.Files;

namespace NodeMesh.Daemon.Admin.Reports;

/// <summary>The answer to a reload: what is in force, or all that is wrong.</summary>
internal static class ReloadReport
{
    public static AdminAnswer Of(ReloadOutcome outcome, DaemonParts parts)
    {
        var (settings, identities, load) = outcome;
        var revision = load.State.Revision;
        var wrong = new List<string>();
        if (settings.Errors is { Count: > 0 and var places })
        {
            wrong.Add($"the settings are wrong in {Counted.Text(places, "place")}: the daemon goes on with those it has, but would not start again");
        }

        IssueMessage[] files = [.. Of(parts.Options.Identities, identities.IdentityProblems), .. Of(parts.Options.Bundles, identities.BundleProblems)];
        if (files.Length > 0)
        {
            wrong.Add($"{Counted.Text(files.Length, "file of identities or bundles is", "files of identities or bundles are")} wrong: what they replace stays in use");
        }

        if (load.State.Rejected is { Errors.Count: var errors })
        {
            wrong.Add($"the resources of {parts.Configuration.Source} are wrong in {Counted.Text(errors, "place")}: revision {revision} stays in force");
        }

        return wrong.Count > 0
            ? AdminServer.Problem(
                StatusCodes.Status422UnprocessableEntity,
                string.Join("; ", wrong),
                [.. settings.Errors.Select(IssueMessage.Of), .. files, .. (load.State.Rejected?.Errors ?? []).Select(IssueMessage.Of)])
            : AdminAnswer.Of(
                new ReloadMessage { Revision = revision, Changed = load.Changed, Warnings = [.. Of(settings), .. IssueReport.WarningsOf(load.State)] },
                AdminJson.Readable.ReloadMessage);
    }

    private static IEnumerable<IssueMessage> Of(string directory, IReadOnlyList<FileProblem> problems) =>
        problems.Select(problem => new IssueMessage { Severity = "error", File = directory, Message = problem.ToString() });

    private static IEnumerable<IssueMessage> Of(SettingsVerdict settings) => settings.IsChanged
        ? [new IssueMessage { Severity = "warning", Message = "the settings are others than those in force: systemctl restart nodemeshd applies them" }]
        : [];
}
