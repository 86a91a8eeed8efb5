using System.CommandLine;
using System.Globalization;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Lists the revisions of the mesh, or shows what one changed.</summary>
internal sealed class HistoryCommand : CtlCommand
{
    private const int MaxListed = 1000;
    private const int DefaultListed = 20;

    private readonly Argument<long?> _revision = ChangeOptions.Revision(ArgumentArity.ZeroOrOne);
    private readonly Option<long?> _limit = ChangeOptions.Number("--limit", $"At most so many, the newest first [{DefaultListed}]", MaxListed);
    private readonly Option<long?> _before = ChangeOptions.Number("--before", "Only those older than this one");

    public HistoryCommand(CliHost host, GlobalOptions options)
        : base(
            "history",
            "Lists the revisions, newest first: who changed what, when, what for. With a number, what that revision changed, as diff -u shows it.",
            "nodemeshctl history",
            "nodemeshctl history --limit 100 --before 400",
            "nodemeshctl history 17                                    # what revision 17 changed")
    {
        Add(_revision);
        Add(_limit);
        Add(_before);
        Runs(host, options, (context, cancellationToken) => context.Parsed.GetValue(_revision) is { } number
            ? ShowAsync(context, number, cancellationToken)
            : ListAsync(context, cancellationToken));
    }

    private static async Task<int> ShowAsync(CommandContext context, long number, CancellationToken cancellationToken)
    {
        var answer = await context.Controller.GetAsync(string.Create(CultureInfo.InvariantCulture, $"v1/revisions/{number}"), cancellationToken);
        if (context.IsStructured)
        {
            context.Write(answer);
        }
        else
        {
            DiffCommand.WriteDiffs(context, context.Controller.Read(answer, ControllerJson.Default.RevisionReport).Changes);
        }

        return ExitCode.Success;
    }

    private async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var before = context.Parsed.GetValue(_before) is { } number ? string.Create(CultureInfo.InvariantCulture, $"&before={number}") : "";
        var limit = context.Parsed.GetValue(_limit) ?? DefaultListed;
        var answer = await context.Controller.GetAsync(string.Create(CultureInfo.InvariantCulture, $"v1/revisions?limit={limit}{before}"), cancellationToken);
        if (context.IsStructured)
        {
            context.Write(answer);
            return ExitCode.Success;
        }

        var list = context.Controller.Read(answer, ControllerJson.Default.RevisionList);
        if (list.Revisions.Count == 0)
        {
            context.Host.Error.Write("There are no revisions here.\n");
            return ExitCode.Success;
        }

        var table = new Table("REVISION", "AT", "AUTHOR", "CHANGES", "REASON");
        foreach (var revision in list.Revisions)
        {
            table.Add(revision.Number, Humane.Time(revision.At), revision.Author, revision.Changes, revision.Reason);
        }

        context.Write(table);
        if (list.Next is { } next)
        {
            context.Host.Error.Write($"hint: older ones: nodemeshctl history --before {next}\n");
        }

        return ExitCode.Success;
    }
}
