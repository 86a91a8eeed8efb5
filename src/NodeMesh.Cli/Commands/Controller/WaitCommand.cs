using System.CommandLine;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Waits until what was applied is in force.</summary>
internal sealed class WaitCommand : CtlCommand
{
    private const string Programmed = "programmed";

    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly Option<string> _for = new("--for") { Description = $"What to wait for: {Programmed}", HelpName = "CONDITION", Required = true };
    private readonly Option<TimeSpan?> _timeout = Lifetime.Option("--timeout", $"Waits at most so long (30s, 5m) [{Humane.Duration(DefaultPatience.TotalSeconds)}]; exits 1 when it is not so by then");
    private readonly Option<long?> _revision = ChangeOptions.Number("--revision", "Waits for this revision or a later one [the newest]");

    public WaitCommand(CliHost host, GlobalOptions options)
        : base(
            "wait",
            "Waits until every connected node has put the newest revision in force. Nodes that are not connected are not waited for, and named.",
            "nodemeshctl wait --for=programmed",
            "nodemeshctl apply -f mesh/ && nodemeshctl wait --for=programmed --timeout 30s")
    {
        _for.AcceptOnlyFromAmong(Programmed);
        Add(_for);
        Add(_timeout);
        Add(_revision);
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var patience = context.Parsed.GetValue(_timeout) ?? DefaultPatience;
        var newest = (await context.Controller.GetAsync("v1/status", ControllerJson.Default.ControllerStatus, cancellationToken)).Revision;
        var revision = context.Parsed.GetValue(_revision) ?? newest;
        if (revision > newest)
        {
            throw new CliException($"there is no revision {revision}; the newest is {newest}");
        }

        var time = context.Host.Time;
        var began = time.GetTimestamp();
        while (true)
        {
            var nodes = (await context.Controller.GetAsync("v1/nodes", ControllerJson.Default.NodeList, cancellationToken))
                .Nodes.Where(node => node.IsInMesh).ToArray();
            var behind = nodes.Where(node => node.Connected && (node.Revision ?? 0) < revision).ToArray();
            if (behind.Length == 0)
            {
                Report(context, revision, nodes);
                return ExitCode.Success;
            }

            if (time.GetElapsedTime(began) >= patience)
            {
                throw new CliException(
                    $"after {Humane.Duration(patience.TotalSeconds)} revision {revision} is not in force on {string.Join(", ", behind.Select(Describe))}",
                    "nodemeshctl node list shows how they are; nodemeshctl status on the node says more");
            }

            await Task.Delay(Between, time, cancellationToken);
        }
    }

    private static string Describe(NodeList.Node node) => Printable.Of(
        $"{node.Name} ({(node.Refusal is { } refusal ? $"which refuses it: {refusal}" : node.Revision is > 0 and var has ? $"which has {has}" : "which has none yet")})");

    private static void Report(CommandContext context, long revision, NodeList.Node[] nodes)
    {
        var connected = nodes.Count(node => node.Connected);
        var away = nodes.Where(node => !node.Connected).Select(node => node.Name).ToArray();
        if (context.IsStructured)
        {
            context.Write(new JsonObject
            {
                ["revision"] = revision,
                ["programmed"] = connected,
                ["notConnected"] = new JsonArray([.. away.Select(name => JsonValue.Create(name))]),
            });
            return;
        }

        context.WriteLine($"revision {revision} is in force on {Humane.Count(connected, "node", "nodes")}");
        if (away.Length > 0)
        {
            context.Host.Error.Write($"not connected, and not waited for: {Printable.Of(string.Join(", ", away))}\n");
        }
    }
}
