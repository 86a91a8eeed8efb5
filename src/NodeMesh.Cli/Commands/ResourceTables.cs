using System.Globalization;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>Tables of resources as they stand in files. Stateless.</summary>
internal static class ResourceTables
{
    /// <summary><c>shop/cart</c>, or <c>web-1</c> for what stands outside namespaces.</summary>
    public static string QualifiedName(JsonNode resource) =>
        Text(resource["metadata"]?["namespace"]) is { Length: > 0 } space ? $"{space}/{Name(resource)}" : Name(resource) ?? "";

    /// <summary>A table of resources with what a controller says beside each of them: how it stands and, where there is room, what made it so.</summary>
    public static Table WithStatus(Table table, IReadOnlyList<JsonNode> items, bool wide)
    {
        if (items.Any(item => item.Parent?["status"] is null))
        {
            return table;
        }

        var judged = table.With("RESOLVED", [.. items.Select(item => Condition(item, "ResolvedRefs"))]).With("PROGRAMMED", [.. items.Select(item => Condition(item, "Programmed"))]);
        return wide ? judged.With("REVISION", [.. items.Select(item => (Cell)Text(item.Parent!["revision"]))]) : judged;
    }

    /// <summary>A condition as people read it: <c>yes</c>, or <c>no (Pending)</c>.</summary>
    public static Cell Condition(JsonNode condition)
    {
        var isTrue = string.Equals(Text(condition["status"]), "True", StringComparison.Ordinal);
        return new Cell(isTrue ? "yes" : $"no ({Text(condition["reason"])})", isTrue ? Tone.Good : Tone.Warning);
    }

    public static Table Any(IEnumerable<JsonNode> items)
    {
        var table = new Table("KIND", "NAMESPACE", "NAME");
        foreach (var item in items)
        {
            table.Add(Text(item["kind"]), Namespace(item), Name(item));
        }

        return table;
    }

    public static Table Services(IEnumerable<JsonNode> items, bool wide)
    {
        string[] headers = ["NAMESPACE", "NAME", "PORTS", "SELECTOR"];
        var table = new Table(wide ? [.. headers, "HOSTS", "LABELS"] : headers);
        foreach (var item in items)
        {
            var spec = item["spec"];
            Cell[] row = [Namespace(item), Name(item), Ports(spec), Pairs(spec?["selector"])];
            table.Add(wide ? [.. row, Join(spec?["hosts"], Text), Pairs(item["metadata"]?["labels"])] : row);
        }

        return table;
    }

    public static Table ServiceEntries(IEnumerable<JsonNode> items, bool wide)
    {
        string[] headers = ["NAMESPACE", "NAME", "HOSTS", "PORTS", "RESOLUTION"];
        var table = new Table(wide ? [.. headers, "LABELS"] : headers);
        foreach (var item in items)
        {
            var spec = item["spec"];
            Cell[] row = [Namespace(item), Name(item), Join(spec?["hosts"], Text), Ports(spec), Text(spec?["resolution"])];
            table.Add(wide ? [.. row, Pairs(item["metadata"]?["labels"])] : row);
        }

        return table;
    }

    /// <param name="live">What the daemon knows of those on its own node.</param>
    public static Table Workloads(IEnumerable<JsonNode> items, IReadOnlyList<WorkloadList.Workload> live, bool wide)
    {
        string[] headers = ["NAMESPACE", "NAME", "NODE", "SERVICE-ACCOUNT", "PORTS", "MTLS", "CERTIFICATE"];
        var table = new Table(wide ? [.. headers, "SELECTOR", "SPIFFE-ID", "LABELS"] : headers);
        foreach (var item in items)
        {
            var spec = item["spec"];
            var here = live.FirstOrDefault(workload => string.Equals($"{workload.Namespace}/{workload.Name}", QualifiedName(item), StringComparison.Ordinal));
            var ports = Join(spec?["ports"], port => $"{Text(port["name"])}:{Text(port["port"])}");
            Cell[] row =
            [
                Namespace(item), Name(item), Text(spec?["node"]), Text(spec?["serviceAccount"]) ?? Name(item), ports, here?.PeerAuthentication,
                here is null ? default : LiveTables.CertificateCell(here.Certificate.State, here.Certificate.RemainingSeconds),
            ];
            table.Add(wide ? [.. row, Pairs(spec?["selector"]), here?.SpiffeId, Pairs(item["metadata"]?["labels"])] : row);
        }

        return table;
    }

    public static Table Nodes(IEnumerable<JsonNode> items, IReadOnlyList<JsonNode> workloads, bool wide)
    {
        string[] headers = ["NAME", "ADDRESSES", "MESH-PORT", "WORKLOADS"];
        var table = new Table(wide ? [.. headers, "REGION", "ZONE"] : headers);
        foreach (var item in items)
        {
            var name = Name(item);
            var count = workloads.Count(workload => string.Equals(Text(workload["spec"]?["node"]), name, StringComparison.Ordinal));
            Cell[] row = [name, Join(item["spec"]?["addresses"], Text), Text(item["spec"]?["meshPort"]), count];
            table.Add(wide ? [.. row, Text(item["spec"]?["locality"]?["region"]), Text(item["spec"]?["locality"]?["zone"])] : row);
        }

        return table;
    }

    public static Table MeshConfigs(IEnumerable<JsonNode> items)
    {
        var table = new Table("NAME", "TRUST-DOMAIN", "DNS-DOMAIN", "VIP-RANGES", "EGRESS", "UNKNOWN-SOURCES");
        foreach (var item in items)
        {
            var spec = item["spec"];
            table.Add(
                Name(item), Text(spec?["trustDomain"]), Text(spec?["dnsDomain"]), Join(spec?["vipRanges"], Text), Text(spec?["egress"]?["mode"]), Text(spec?["unknownSources"]));
        }

        return table;
    }

    public static Table Policies(IEnumerable<JsonNode> items, bool wide)
    {
        string[] headers = ["KIND", "NAMESPACE", "NAME", "EFFECT", "APPLIES-TO"];
        var table = new Table(wide ? [.. headers, "RULES", "PORTS"] : headers);
        foreach (var item in items)
        {
            var spec = item["spec"];
            var effect = Text(spec?["action"]) ?? Text(spec?["mtls"]?["mode"]);
            var dryRun = spec?["dryRun"] is JsonValue value && value.TryGetValue<bool>(out var dry) && dry;
            Cell[] row =
            [
                Text(item["kind"]), Namespace(item), Name(item), dryRun ? $"{effect} (dry run)" : effect,
                Pairs(spec?["selector"]?["matchLabels"]) is { Length: > 0 } labels ? labels : "all workloads",
            ];
            var rules = spec?["rules"] is JsonArray list ? list.Count.ToString(CultureInfo.InvariantCulture) : null;
            table.Add(wide ? [.. row, rules, Pairs(spec?["portLevelMtls"], mode => Text(mode["mode"]))] : row);
        }

        return table;
    }

    private static string Ports(JsonNode? spec) =>
        Join(spec?["ports"], port => $"{(Text(port["name"]) is { } name ? name + ":" : "")}{Text(port["port"])}{(Text(port["protocol"]) is { } protocol ? "/" + protocol : "")}");

    private static Cell Condition(JsonNode item, string type) =>
        (item.Parent?["status"]?["conditions"] as JsonArray ?? []).OfType<JsonNode>().FirstOrDefault(condition => string.Equals(Text(condition["type"]), type, StringComparison.Ordinal)) is { } condition
            ? Condition(condition)
            : default;

    private static string? Name(JsonNode resource) => Text(resource["metadata"]?["name"]);

    private static string? Namespace(JsonNode resource) => Text(resource["metadata"]?["namespace"]);

    private static string? Text(JsonNode? node) => (node as JsonValue)?.ToString();

    private static string Join(JsonNode? list, Func<JsonNode, string?> text) =>
        string.Join(',', (list as JsonArray ?? []).OfType<JsonNode>().Select(text));

    private static string Pairs(JsonNode? map, Func<JsonNode, string?>? text = null) =>
        string.Join(',', (map as JsonObject ?? []).Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={(text ?? Text)(pair.Value!)}"));
}
