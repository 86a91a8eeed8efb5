using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Authority;

/// <summary>Shows an authority, the controller's or one in a directory: its certificates and where a rotation stands.</summary>
internal sealed class CaStatusCommand : CtlCommand
{
    private const double SoonSeconds = 30 * 86400;

    private readonly Option<string?> _ca = AuthorityOption.MakeOptional();

    public CaStatusCommand(CliHost host, GlobalOptions options)
        : base(
            "status",
            "Shows an authority: its certificates, how long they are valid, and where a rotation stands. Without --ca it is the controller's.",
            "nodemeshctl ca status",
            "nodemeshctl ca status --ca /etc/nodemesh/ca -o wide       # with serial numbers and fingerprints")
    {
        Add(_ca);
        Runs(host, options, async (context, cancellationToken) => context.Parsed.GetValue(_ca) is { } path
            ? Run(context, path)
            : await ControllerRoots.ShowAsync(context, cancellationToken));
    }

    private static int Run(CommandContext context, string path)
    {
        var authority = AuthorityOption.Open(path, context.Host.Time);
        var report = AuthorityReport.Of(authority, context.Host.Time);
        if (context.IsStructured)
        {
            context.Write(report);
            return ExitCode.Success;
        }

        context.WriteLine($"Trust domain   {(string?)report["trustDomain"]}");
        context.WriteLine($"Bundle         sequence {report["bundleSequence"]}, {Humane.Count(authority.Bundle!.X509Authorities.Count, "root", "roots")}");
        context.WriteLine("Rotation       " + (string?)report["rotation"] switch
        {
            "prepared" => "prepared; next, once every node has the bundle: nodemeshctl ca rotate activate",
            "activated" => "activated; next, once every identity is issued anew: nodemeshctl ca rotate retire",
            _ => "none under way",
        });
        context.WriteLine("");
        string[] headers = ["KIND", "STATE", "NOT-AFTER", "LEFT"];
        var table = new Table(context.IsWide ? [.. headers, "SUBJECT", "SERIAL", "SHA256"] : headers);
        foreach (var certificate in report["certificates"]!.AsArray().OfType<JsonNode>())
        {
            var left = (double)certificate["remainingSeconds"]!;
            Cell[] row =
            [
                (string?)certificate["kind"], (string?)certificate["state"],
                Humane.Time(DateTimeOffset.Parse((string)certificate["notAfter"]!, CultureInfo.InvariantCulture)),
                new Cell(left <= 0 ? "expired" : Humane.Duration(left), left <= 0 ? Tone.Bad : left < SoonSeconds ? Tone.Warning : Tone.Plain),
            ];
            table.Add(context.IsWide ? [.. row, (string?)certificate["subject"], (string?)certificate["serialNumber"], (string?)certificate["sha256"]] : row);
        }

        context.Write(table);
        return ExitCode.Success;
    }
}
