using System.CommandLine;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Shows what an apply would change.</summary>
internal sealed class DiffCommand : CtlCommand
{
    private readonly Option<string[]> _files = ChangeOptions.Files("A file or directory of resources; - reads standard input. May be given again");
    private readonly Option<IReadOnlyDictionary<string, string>?> _prune = LabelsOption.Prune();

    public DiffCommand(CliHost host, GlobalOptions options)
        : base(
            "diff",
            "Shows what apply would change, resource by resource, and changes nothing. Exits 0 when nothing differs, 1 when something does, 2 when it cannot be told, as diff(1).",
            "nodemeshctl diff -f mesh/",
            "nodemeshctl diff -f shop/ --prune team=shop",
            "nodemeshctl diff -f mesh/ && echo as in git               # in a script")
    {
        _files.Required = true;
        Add(_files);
        Add(_prune);
        Runs(host, options, RunAsync);
    }

    public override int FailureExitCode => ExitCode.DiffTrouble;

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var request = new ChangeRequest
        {
            Files = ResourceFiles.ReadWanted(context, context.Parsed.GetRequiredValue(_files)),
            Prune = context.Parsed.GetValue(_prune),
            DryRun = true,
            Reason = "diff",
        };
        var answer = await context.Controller.SendAsync(HttpMethod.Post, "v1/apply", request.ToJson(), cancellationToken);
        var report = context.Controller.Read(answer, ControllerJson.Default.ApplyReport);
        ChangeReport.WriteWarnings(context, report);
        if (context.IsStructured)
        {
            context.Write(answer);
        }
        else
        {
            WriteDiffs(context, report.Changes);
        }

        return report.Changes.Any(change => change.Action is not ResourceChange.Unchanged) ? ExitCode.Differs : ExitCode.Success;
    }

    internal static void WriteDiffs(CommandContext context, IEnumerable<ResourceChange> changes)
    {
        foreach (var change in changes)
        {
            context.Write(UnifiedDiff.Of(change.Before, change.After, change.Title, context.Palette));
        }
    }
}
