using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Admin;

namespace NodeMesh.Cli.Commands;

/// <summary>Completes names from the configuration in force. Where the daemon cannot be asked there are simply none.</summary>
internal sealed class NameCompletion(CliHost host, GlobalOptions options)
{
    /// <summary>A pressed Tab key waits no longer than this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary><c>namespace/name</c>, or the name of what has no namespace, of all resources of these kinds.</summary>
    public IEnumerable<string> Names(CompletionContext context, IReadOnlyCollection<string> kinds)
    {
        try
        {
            using var admin = new AdminClient(options.SocketOf(context.ParseResult, host));
            using var deadline = new CancellationTokenSource(Patience);
            // Off the caller's context: completion is synchronous in the library.
            var answer = Task.Run(() => admin.GetAsync("v1/resources", deadline.Token), deadline.Token).GetAwaiter().GetResult();
            return Items(answer)
                .Where(item => kinds.Contains((string?)item["kind"] ?? "", StringComparer.Ordinal))
                .Select(ResourceTables.QualifiedName)
                .ToArray();
        }
        catch (Exception e) when (e is AdminException or OperationCanceledException)
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

    private static IEnumerable<JsonNode> Items(JsonNode answer) => (answer["items"] as JsonArray ?? []).OfType<JsonNode>();
}
