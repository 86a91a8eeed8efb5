using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Authority;

/// <summary>Shows the controller's authority: its certificates, and where a rotation stands. Stateless.</summary>
internal static class ControllerRoots
{
    private const double SoonSeconds = 30 * 86400;

    /// <exception cref="CliException">The controller cannot be asked.</exception>
    public static async Task<int> ShowAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var answer = await context.Controller.GetAsync("v1/authority", cancellationToken);
        if (context.IsStructured)
        {
            context.Write(answer);
            return ExitCode.Success;
        }

        var report = context.Controller.Read(answer, ControllerJson.Default.RootsReport);
        context.WriteLine($"Trust domain   {Printable.Of(report.TrustDomain)}");
        context.WriteLine("Rotation       " + report switch
        {
            { Prepared: not null } => "prepared; next, once every node has the new root: nodemeshctl ca rotate activate",
            { Retiring.Count: > 0 } => "activated; next, once what the old root signed has ended: nodemeshctl ca rotate retire",
            _ => "none under way",
        });
        if (report.Problem is { } problem)
        {
            context.WriteLine("Problem        " + context.Palette.Paint(Printable.Of(problem), Tone.Bad));
        }

        context.WriteLine("");
        context.Write(TableOf(context, report));
        return ExitCode.Success;
    }

    private static Table TableOf(CommandContext context, RootsReport report)
    {
        string[] headers = ["KIND", "STATE", "NOT-AFTER", "LEFT"];
        var table = new Table(context.IsWide ? [.. headers, "SERIAL", "SHA256"] : headers);
        Add("issuing", "active", report.Issuing);
        Add("root", "active", report.Active);
        if (report.Prepared is { } prepared)
        {
            Add("root", "prepared", prepared);
        }

        foreach (var root in report.Retiring)
        {
            Add("root", "retiring", root);
        }

        return table;

        void Add(string kind, string state, RootsReport.Root certificate)
        {
            var left = (certificate.NotAfter - context.Host.Time.GetUtcNow()).TotalSeconds;
            Cell[] row =
            [
                kind, state, Humane.Time(certificate.NotAfter),
                new Cell(left <= 0 ? "expired" : Humane.Duration(left), left <= 0 ? Tone.Bad : left < SoonSeconds ? Tone.Warning : Tone.Plain),
            ];
            table.Add(context.IsWide ? [.. row, certificate.Serial, certificate.Sha256] : row);
        }
    }
}
