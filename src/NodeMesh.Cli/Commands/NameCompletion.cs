using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Controller;

namespace NodeMesh.Cli.Commands;

/// <summary>Completes names from the configuration in force. Where nobody can be asked there are simply none.</summary>
internal sealed class NameCompletion(CliHost host, GlobalOptions options)
{
    /// <summary>A pressed Tab key waits no longer than this. Who answers at all answers sooner; on a machine that is busy this program alone takes a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary><c>namespace/name</c>, or the name of what has no namespace, of all resources of these kinds, at the daemon.</summary>
    public IEnumerable<string> Names(CompletionContext context, IReadOnlyCollection<string> kinds) => Names(kinds, async deadline =>
    {
        using var admin = new AdminClient(options.SocketOf(context.ParseResult, host));
        return Items(await admin.GetAsync("v1/resources", deadline));
    });

    /// <summary>The same at the controller that is meant.</summary>
    public IEnumerable<string> ControllerNames(CompletionContext context, IReadOnlyCollection<string> kinds) => Names(kinds, async deadline =>
    {
        using var controller = ControllerClient.For(options.Controller.TargetOf(context.ParseResult, host), host.Time);
        var (_, items) = await controller.ResourcesAsync("", deadline);
        return items.Select(item => item["resource"]).OfType<JsonNode>();
    });

    /// <summary>The same at the daemon or the controller, whichever the command line chooses.</summary>
    public IEnumerable<string> ChosenNames(CompletionContext context, IReadOnlyCollection<string> kinds)
    {
        try
        {
            return options.ChoosesController(context.ParseResult, host) ? ControllerNames(context, kinds) : Names(context, kinds);
        }
        catch (CliException)
        {
            return [];
        }
    }

    /// <summary>What stands on the line for an argument, right or wrong; null for nothing.</summary>
    public static string? Typed(CompletionContext context, Argument argument) =>
        context.ParseResult.GetResult(argument)?.Tokens is [var token, ..] ? token.Value : null;

    /// <summary>Whether an argument is complete and the cursor beyond it.</summary>
    public static bool IsTyped(CompletionContext context, Argument argument) =>
        Typed(context, argument) is { } text && !string.Equals(text, context.WordToComplete, StringComparison.Ordinal);

    private static string[] Names(IReadOnlyCollection<string> kinds, Func<CancellationToken, Task<IEnumerable<JsonNode>>> ask)
    {
        try
        {
            using var deadline = new CancellationTokenSource(Patience);

            // Off the caller's context: completion is synchronous in the library.
            var resources = Task.Run(() => ask(deadline.Token), deadline.Token).GetAwaiter().GetResult();
            return [.. resources.Where(item => kinds.Contains((string?)item["kind"] ?? "", StringComparer.Ordinal)).Select(ResourceTables.QualifiedName)];
        }
        catch (Exception e) when (e is CliException or OperationCanceledException)
        {
            return [];
        }
    }

    private static IEnumerable<JsonNode> Items(JsonNode answer) => (answer["items"] as JsonArray ?? []).OfType<JsonNode>();
}
