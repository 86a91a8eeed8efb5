using System.Text.Json.Nodes;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Shows the controller's authority: its roots, and where a rotation stands.</summary>
internal sealed class AuthorityStatusCommand : CtlCommand
{
    private const double SoonSeconds = 30 * 86400;

    public AuthorityStatusCommand(CliHost host, GlobalOptions options)
        : base(
            "status",
            "Shows the controller's authority: its roots, how long they are valid, and where a rotation stands.",
            "nodemeshctl authority status",
            "nodemeshctl authority status -o wide                      # with serial numbers and fingerprints")
    {
        Runs(host, options, async (context, cancellationToken) =>
        {
            Write(context, await context.Controller.GetAsync("v1/authority", cancellationToken));
            return ExitCode.Success;
        });
    }

    private static void Write(CommandContext context, JsonNode answer)
    {
        if (context.IsStructured)
        {
            context.Write(answer);
            return;
        }

        var report = context.Controller.Read(answer, ControllerJson.Default.RootsReport);
        context.WriteLine($"Trust domain   {Printable.Of(report.TrustDomain)}");
        context.WriteLine("Rotation       " + report switch
        {
            { Prepared: not null } => "prepared; next, once every node has the new root: nodemeshctl authority rotate activate",
            { Retiring.Count: > 0 } => "activated; next, once what the old root signed has ended: nodemeshctl authority rotate retire",
            _ => "none under way",
        });
        context.WriteLine("");
        context.Write(TableOf(context, report));
    }

    private static Table TableOf(CommandContext context, RootsReport report)
    {
        string[] headers = ["ROOT", "NOT-AFTER", "LEFT"];
        var table = new Table(context.IsWide ? [.. headers, "SERIAL", "SHA256"] : headers);
        Add("active", report.Active);
        if (report.Prepared is { } prepared)
        {
            Add("prepared", prepared);
        }

        foreach (var root in report.Retiring)
        {
            Add("retiring", root);
        }

        return table;

        void Add(string state, RootsReport.Root root)
        {
            var left = (root.NotAfter - context.Host.Time.GetUtcNow()).TotalSeconds;
            Cell[] row =
            [
                state, Humane.Time(root.NotAfter),
                new Cell(left <= 0 ? "expired" : Humane.Duration(left), left <= 0 ? Tone.Bad : left < SoonSeconds ? Tone.Warning : Tone.Plain),
            ];
            table.Add(context.IsWide ? [.. row, root.Serial, root.Sha256] : row);
        }
    }
}
