using System.Text.Json.Nodes;
using NodeMesh.Cli.Api;

namespace NodeMesh.Cli.Commands;

/// <summary>Asks the daemon, or the controller where that is chosen, for the resources of a listed kind. Stateless.</summary>
internal static class ResourceQuery
{
    /// <summary>Those that match, in the order of the answer: kind, namespace, name.</summary>
    /// <exception cref="ApiException">Nobody can be asked.</exception>
    public static async Task<(long Revision, IReadOnlyList<JsonNode> Items)> RunAsync(
        CommandContext context, ListedKind kind, NameFilter filter, CancellationToken cancellationToken)
    {
        var only = kind.Kinds is [var single] ? $"&kind={single}" : "";
        var query = only + filter.Query;
        var (revision, all) = context.ChoosesController
            ? await AskControllerAsync(context, query, cancellationToken)
            : await AskDaemonAsync(context, query, cancellationToken);
        var items = all
            .Where(item => kind == ListedKind.Resources || kind.Kinds.Contains((string?)item["kind"] ?? "", StringComparer.Ordinal))
            .ToArray();
        return (revision, items);
    }

    public static CliException NotFound(CommandContext context, ListedKind kind, NameFilter filter, long revision) => new(
        $"there is no {kind.Singular} {filter} {(context.ChoosesController ? "at the controller" : "in the configuration in force")} (revision {revision})", $"nodemeshctl get {kind.Plural} lists those there are");

    private static async Task<(long Revision, IEnumerable<JsonNode> Items)> AskDaemonAsync(CommandContext context, string query, CancellationToken cancellationToken)
    {
        var answer = await context.Admin.GetAsync("v1/resources" + (query.Length == 0 ? "" : "?" + query[1..]), cancellationToken);
        return ((long?)answer["revision"] ?? 0, (answer["items"] as JsonArray ?? []).OfType<JsonNode>());
    }

    private static async Task<(long Revision, IEnumerable<JsonNode> Items)> AskControllerAsync(CommandContext context, string query, CancellationToken cancellationToken)
    {
        var (revision, items) = await context.Controller.ResourcesAsync(query, cancellationToken);
        return (revision, items.Select(item => item["resource"]).OfType<JsonNode>());
    }
}
