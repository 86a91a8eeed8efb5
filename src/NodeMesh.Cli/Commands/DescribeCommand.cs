using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>Shows one thing with all that belongs to it: the resource, and what the daemon sees of it.</summary>
internal sealed class DescribeCommand : CtlCommand
{
    private readonly Argument<string> _kind = GetCommand.KindArgument();
    private readonly Argument<string> _name = new("NAME") { Description = "NAME or NAMESPACE/NAME" };
    private readonly Option<string?> _namespace = GetCommand.NamespaceOption();

    public DescribeCommand(CliHost host, GlobalOptions options)
        : base(
            "describe",
            "Shows one resource with all that belongs to it: its endpoints, its certificate, what happens on it now. From the controller, where one is named, only the resource: the rest is what a daemon sees.",
            "nodemeshctl describe service shop/cart",
            "nodemeshctl describe workload cart-1 -n shop",
            "nodemeshctl describe service shop/cart -o json            # { resource, status, endpoints }")
    {
        Add(_kind);
        Add(_name);
        Add(_namespace);
        var names = new NameCompletion(host, options);
        _name.CompletionSources.Add(completion => names.ChosenNames(completion, GetCommand.Completed(NameCompletion.Typed(completion, _kind))));
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var kind = ListedKind.Find(context.Parsed.GetRequiredValue(_kind))!;
        // An endpoint is described by the service it belongs to.
        kind = kind == ListedKind.Endpoints ? ListedKind.Services : kind;
        var filter = NameFilter.Of(context.Parsed.GetRequiredValue(_name), context.Parsed.GetValue(_namespace));
        var (revision, items) = await ResourceQuery.RunAsync(context, kind, filter, cancellationToken);
        if (items.Count == 0)
        {
            throw ResourceQuery.NotFound(context, kind, filter, revision);
        }

        var first = true;
        foreach (var item in items)
        {
            var description = await DescribeAsync(context, item, cancellationToken);
            if (context.IsStructured)
            {
                context.Write(!first && context.Format == OutputFormat.Yaml ? "---\n" : "");
                context.Write(description);
            }
            else
            {
                context.Write(first ? "" : "\n");
                Print(context, description);
            }

            first = false;
        }

        return ExitCode.Success;
    }

    private static async Task<JsonObject> DescribeAsync(CommandContext context, JsonNode item, CancellationToken cancellationToken)
    {
        var description = new JsonObject { ["resource"] = item.DeepClone() };
        if (context.ChoosesController)
        {
            // It stands beside the resource in the answer.
            description["status"] = item.Parent?["status"]?.DeepClone();
            return description;
        }

        var kind = (string?)item["kind"];
        var space = (string?)item["metadata"]?["namespace"] ?? "";
        var name = (string?)item["metadata"]?["name"] ?? "";
        var query = new NameFilter(space, name).Query[1..];
        if (kind is "Service" or "ServiceEntry")
        {
            var services = await context.Admin.GetAsync("v1/services?" + query, cancellationToken);
            description["status"] = Items(services).FirstOrDefault(service => string.Equals((string?)service["kind"], kind, StringComparison.Ordinal))?.DeepClone();
            var endpoints = await context.Admin.GetAsync($"v1/endpoints?service={Uri.EscapeDataString($"{space}/{name}")}", cancellationToken);
            description["endpoints"] = endpoints["items"]?.DeepClone();
        }
        else if (kind is "Workload")
        {
            var workloads = await context.Admin.GetAsync("v1/workloads?" + query, cancellationToken);
            if (Items(workloads).FirstOrDefault() is { } here)
            {
                description["status"] = here.DeepClone();
            }
        }

        return description;
    }

    private static void Print(CommandContext context, JsonObject description)
    {
        var resource = description["resource"]!;
        context.WriteLine(context.Palette.Paint($"{(string?)resource["kind"]} {ResourceTables.QualifiedName(resource)}", Tone.Strong));
        Section(context, "Labels", resource["metadata"]?["labels"]);
        Section(context, "Annotations", resource["metadata"]?["annotations"]);
        Section(context, "Spec", resource["spec"]);
        if (context.ChoosesController)
        {
            PrintConditions(context, description["status"]?["conditions"] as JsonArray ?? []);
            return;
        }

        switch ((string?)resource["kind"])
        {
            case "Service" or "ServiceEntry":
                PrintService(context, description);
                break;
            case "Workload":
                PrintWorkload(context, description["status"]);
                break;
            default:
                break;
        }
    }

    private static void PrintConditions(CommandContext context, JsonArray conditions)
    {
        foreach (var condition in conditions.OfType<JsonNode>())
        {
            var state = ResourceTables.Condition(condition);
            var since = DateTimeOffset.TryParse((string?)condition["lastTransitionTime"], CultureInfo.InvariantCulture, out var at) ? $" since {Humane.Time(at)}" : "";
            context.WriteLine(context.Palette.Paint(Printable.Of($"  {(string?)condition["type"] + ":",-14}{state.Shown}{since}, {(string?)condition["message"]}"), state.Tone));
        }
    }

    private static void PrintService(CommandContext context, JsonObject description)
    {
        if (description["status"] is { } status)
        {
            var hosts = status["hosts"] as JsonArray ?? [];
            var vips = status["vips"] as JsonArray ?? [];
            context.WriteLine($"  Names:      {string.Join(", ", hosts.Select(host => (string?)host))}");
            context.WriteLine($"  Addresses:  {string.Join(", ", vips.Select(vip => (string?)vip))}");
        }

        var list = context.Admin.Read(new JsonObject { ["items"] = description["endpoints"]?.DeepClone() ?? new JsonArray() }, AdminJson.Default.EndpointList);
        context.WriteLine($"  Endpoints:{(list.Items.Count == 0 ? "  none; connections to the service fail" : "")}");
        if (list.Items.Count > 0)
        {
            context.Write(LiveTables.Endpoints(list.Items, wide: true).Render(context.Palette, indent: 4));
        }
    }

    private static void PrintWorkload(CommandContext context, JsonNode? status)
    {
        if (status is null)
        {
            context.WriteLine("  It runs on another node: ask the daemon there for its certificate and connections.");
            return;
        }

        var list = context.Admin.Read(new JsonObject { ["items"] = new JsonArray(status.DeepClone()) }, AdminJson.Default.WorkloadList);
        var workload = list.Items[0];
        var certificate = LiveTables.CertificateCell(workload.Certificate.State, workload.Certificate.RemainingSeconds);
        context.WriteLine($"  Identity:             {workload.SpiffeId}");
        context.WriteLine($"  Certificate:          {context.Palette.Paint(certificate.Shown, certificate.Tone)}");
        context.WriteLine($"  Peer authentication:  {workload.PeerAuthentication}");
        foreach (var port in workload.Ports.Where(port => !string.Equals(port.PeerAuthentication, workload.PeerAuthentication, StringComparison.Ordinal)))
        {
            context.WriteLine($"    port {port.Port}: {port.PeerAuthentication}");
        }
    }

    private static void Section(CommandContext context, string title, JsonNode? content)
    {
        if (content is not JsonObject { Count: > 0 })
        {
            return;
        }

        context.WriteLine($"  {title}:");
        foreach (var line in YamlText.Of(content).TrimEnd('\n').Split('\n'))
        {
            context.WriteLine("    " + line);
        }
    }

    private static IEnumerable<JsonNode> Items(JsonNode answer) => (answer["items"] as JsonArray ?? []).OfType<JsonNode>();
}
