using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Controller;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Makes the mesh what it was under a revision.</summary>
internal sealed class RollbackCommand : CtlCommand
{
    private readonly Argument<long?> _revision = ChangeOptions.Revision(ArgumentArity.ExactlyOne);
    private readonly Option<bool> _dryRun = new ChangeOptions().DryRun;

    public RollbackCommand(CliHost host, GlobalOptions options)
        : base(
            "rollback",
            "Makes every resource what it was under a revision, as a new revision. Nothing is lost: the way back is another rollback.",
            "nodemeshctl rollback 17 --dry-run                         # what would be changed",
            "nodemeshctl rollback 17")
    {
        Add(_revision);
        Add(_dryRun);
        Runs(host, options, (context, cancellationToken) =>
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"v1/revisions/{context.Parsed.GetValue(_revision)}/rollback");
            var body = new JsonObject { ["dryRun"] = context.Parsed.GetValue(_dryRun) };

            // The controller answers for the whole mesh; most of it is as it was.
            return ChangeReport.MakeAsync(context, path, body, change => change.Action is not ResourceChange.Unchanged, cancellationToken);
        });
    }
}
