using System.Text.Json.Nodes;
using NodeMesh.Cli.Admin;

namespace NodeMesh.Cli.Commands;

/// <summary>Asks the daemon for the resources of a listed kind. Stateless.</summary>
internal static class ResourceQuery
{
    /// <summary>Those that match, in the daemon's order: kind, namespace, name.</summary>
    /// <exception cref="AdminException">The daemon cannot be asked.</exception>
    public static async Task<(long Revision, IReadOnlyList<JsonNode> Items)> RunAsync(
        AdminClient admin, ListedKind kind, NameFilter filter, CancellationToken cancellationToken)
    {
        var only = kind.Kinds is [var single] ? $"&kind={single}" : "";
        var query = only + filter.Query;
        var answer = await admin.GetAsync("v1/resources" + (query.Length == 0 ? "" : "?" + query[1..]), cancellationToken);
        var items = (answer["items"] as JsonArray ?? []).OfType<JsonNode>()
            .Where(item => kind == ListedKind.Resources || kind.Kinds.Contains((string?)item["kind"] ?? "", StringComparer.Ordinal))
            .ToArray();
        return ((long?)answer["revision"] ?? 0, items);
    }

    public static CliException NotFound(ListedKind kind, NameFilter filter, long revision) => new(
        $"there is no {kind.Singular} {filter} in the configuration in force (revision {revision})", $"nodemeshctl get {kind.Plural} lists those there are");
}
