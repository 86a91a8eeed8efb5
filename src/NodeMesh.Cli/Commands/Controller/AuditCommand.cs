using System.CommandLine;
using System.Globalization;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Shows what was done through the controller, and what was refused.</summary>
internal sealed class AuditCommand : CtlCommand
{
    private const int MaxListed = 10_000;
    private const int DefaultListed = 50;

    private readonly Option<long?> _limit = ChangeOptions.Number("--limit", $"At most so many, the newest first [{DefaultListed}]", MaxListed);
    private readonly Option<long?> _before = ChangeOptions.Number("--before", "Only those older than this one, by its number in -o json");

    public AuditCommand(CliHost host, GlobalOptions options)
        : base(
            "audit",
            "Shows the audit log, newest first: every deed of an operator, every certificate signed, and what was refused to whom.",
            "nodemeshctl audit",
            "nodemeshctl audit --limit 100 --before 4000",
            "nodemeshctl audit --limit 10000 -o json | jq '.entries[] | select(.allowed | not)'")
    {
        Add(_limit);
        Add(_before);
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var limit = context.Parsed.GetValue(_limit) ?? DefaultListed;
        var before = context.Parsed.GetValue(_before) is { } number ? string.Create(CultureInfo.InvariantCulture, $"&before={number}") : "";
        var answer = await context.Controller.GetAsync(string.Create(CultureInfo.InvariantCulture, $"v1/audit?limit={limit}{before}"), cancellationToken);
        if (context.IsStructured)
        {
            context.Write(answer);
            return ExitCode.Success;
        }

        var log = context.Controller.Read(answer, ControllerJson.Default.AuditLog);
        if (log.Entries.Count == 0)
        {
            context.Host.Error.Write("There are no entries here.\n");
            return ExitCode.Success;
        }

        var table = new Table("AT", "WHO", "WHAT", "SUBJECT", "RESULT", "DETAIL");
        foreach (var entry in log.Entries)
        {
            table.Add(
                Humane.Time(entry.At), entry.Who, entry.What, entry.Subject,
                entry.Allowed ? new Cell("done", Tone.Good) : new Cell("refused", Tone.Bad), entry.Detail);
        }

        context.Write(table);
        if (log.Next is { } next)
        {
            context.Host.Error.Write($"hint: older ones: nodemeshctl audit --before {next}\n");
        }

        return ExitCode.Success;
    }
}
