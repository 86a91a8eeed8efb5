using System.Globalization;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Lists the nodes that have joined.</summary>
internal sealed class NodeListCommand : CtlCommand
{
    private const double SoonSeconds = 3600;

    public NodeListCommand(CliHost host, GlobalOptions options)
        : base(
            "list",
            "Lists the nodes that have joined: whether each is connected, which revision it has put in force of which newest, and why not that.",
            "nodemeshctl node list",
            "nodemeshctl node list -o wide                             # with when each joined",
            "nodemeshctl node list -o json | jq -r '.nodes[] | select(.connected | not).name'") =>
        Runs(host, options, RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var newest = (await context.Controller.GetAsync("v1/status", ControllerJson.Default.ControllerStatus, cancellationToken)).Revision;
        var answer = await context.Controller.GetAsync("v1/nodes", cancellationToken);
        if (context.IsStructured)
        {
            context.Write(answer);
            return ExitCode.Success;
        }

        var list = context.Controller.Read(answer, ControllerJson.Default.NodeList);
        if (list.Nodes.Count == 0)
        {
            context.Host.Error.Write("No node has joined yet. hint: nodemeshctl node token create NAME\n");
            return ExitCode.Success;
        }

        context.Write(TableOf(list, newest, context));
        return ExitCode.Success;
    }

    private static Table TableOf(NodeList list, long newest, CommandContext context)
    {
        string[] headers = ["NAME", "STATE", "CONNECTED", "REVISION", "CERTIFICATE", "PROBLEM"];
        var table = new Table(context.IsWide ? [.. headers, "ADDRESS", "JOINED"] : headers);
        foreach (var node in list.Nodes)
        {
            var left = (node.CertificateNotAfter - context.Host.Time.GetUtcNow()).TotalSeconds;
            var revision = node.Revision is { } has ? string.Create(CultureInfo.InvariantCulture, $"{has}/{newest}") : null;
            Cell[] row =
            [
                node.Name,
                new Cell(node.State, node.State switch { "joined" => Tone.Plain, "cordoned" => Tone.Warning, _ => Tone.Bad }),
                new Cell(node.Connected ? "yes" : "no", node.Connected ? Tone.Good : Tone.Bad),
                new Cell(revision, node.Revision >= newest ? Tone.Good : Tone.Warning),
                new Cell(left <= 0 ? "expired" : $"{Humane.Duration(left)} left", left <= 0 ? Tone.Bad : left < SoonSeconds ? Tone.Warning : Tone.Plain),
                new Cell(node.Refusal, Tone.Bad),
            ];
            table.Add(context.IsWide ? [.. row, node.Address, Humane.Time(node.JoinedAt)] : row);
        }

        return table;
    }
}
