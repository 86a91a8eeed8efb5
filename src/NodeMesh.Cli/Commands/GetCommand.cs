using System.CommandLine;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>Lists what the daemon has in force, or the controller.</summary>
internal sealed class GetCommand : CtlCommand
{
    private readonly Argument<string> _kind = KindArgument();
    private readonly Argument<string?> _name = new("NAME") { Description = "One of them: NAME or NAMESPACE/NAME", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _namespace = NamespaceOption();
    private readonly Option<IReadOnlyDictionary<string, string>?> _selector = LabelsOption.Selector();
    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "Goes on until Ctrl-C: of a controller with each change, of a daemon every two seconds" };

    public GetCommand(CliHost host, GlobalOptions options)
        : base(
            "get",
            "Lists what is in force on this node, or what the controller has where one is named by --controller or a context. -o json and -o yaml give resources as they stand in files (endpoints, which are no resources, as the admin API tells them).",
            "nodemeshctl get services",
            "nodemeshctl get workloads -n shop -o wide",
            "nodemeshctl get services -l team=shop                     # what has the label",
            "nodemeshctl get endpoints shop/cart                       # the endpoints of a service",
            "nodemeshctl get policy shop/no-web -o yaml                # as it could stand in a file",
            "nodemeshctl get services --watch                          # and what changes",
            "nodemeshctl get services --controller unix:/run/nodemesh-controller/api.sock",
            "nodemeshctl get all -o yaml > mesh.yaml                   # everything, defaults filled in")
    {
        Add(_kind);
        Add(_name);
        Add(_namespace);
        Add(_selector);
        Add(_watch);
        var names = new NameCompletion(host, options);
        _name.CompletionSources.Add(completion => names.ChosenNames(completion, Completed(NameCompletion.Typed(completion, _kind))));
        Runs(host, options, RunAsync);
    }

    internal static Argument<string> KindArgument() => Describe(new Argument<string>("KIND"));

    internal static Argument<string?> OptionalKindArgument() => Describe(new Argument<string?>("KIND") { Arity = ArgumentArity.ZeroOrOne });

    private static T Describe<T>(T argument)
        where T : Argument
    {
        argument.HelpName = "KIND";
        argument.Description = string.Join(", ", ListedKind.All.Select(kind => $"{kind.Plural} ({kind.Short})"));
        argument.CompletionSources.Add(completion => NameCompletion.IsTyped(completion, argument) ? [] : ListedKind.All.Select(kind => kind.Plural));
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && ListedKind.Find(token.Value) is null)
            {
                result.AddError($"\"{token.Value}\" is no kind; known are {string.Join(", ", ListedKind.All.Select(kind => kind.Plural))}");
            }
        });
        return argument;
    }

    internal static Option<string?> NamespaceOption() => new("--namespace", "-n") { Description = "Only this namespace [all]", HelpName = "NAMESPACE" };

    internal static string[] Completed(string? kind) => ListedKind.Find(kind ?? "") switch
    {
        null => [],
        { Kinds: [] } => ["Service", "ServiceEntry"],
        { Kinds: var kinds } => kinds,
    };

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var kind = ListedKind.Find(context.Parsed.GetRequiredValue(_kind))!;
        var filter = NameFilter.Of(context.Parsed.GetValue(_name), context.Parsed.GetValue(_namespace));
        var labels = context.Parsed.GetValue(_selector);
        if (labels is not null && kind == ListedKind.Endpoints)
        {
            throw new CliException("endpoints have no labels", "nodemeshctl get workloads -l chooses the workloads behind them");
        }

        var isWatch = context.Parsed.GetValue(_watch);
        if (labels is not null && isWatch && context.ChoosesController)
        {
            throw new CliException("a watch at a controller is not narrowed by labels: what is deleted has none any more", "give one of --selector and --watch");
        }

        if (!isWatch)
        {
            var text = await RenderAsync(context, kind, filter, labels, context.Palette, cancellationToken);
            (text.Length == 0 ? context.Host.Error : context.Host.Output).Write(text.Length == 0 ? $"There are no {kind.Plural} here.\n" : text);
            return ExitCode.Success;
        }

        return context.ChoosesController && kind != ListedKind.Endpoints
            ? await new ControllerWatch(context, kind, filter, (items, token) => TableAsync(context, kind, items, filter, token)).RunAsync(cancellationToken)
            : await Watch.RunAsync(context, (palette, token) => RenderAsync(context, kind, filter, labels, palette, token), cancellationToken);
    }

    /// <summary>What there is; empty for an empty table.</summary>
    private static async Task<string> RenderAsync(
        CommandContext context, ListedKind kind, NameFilter filter, IReadOnlyDictionary<string, string>? labels, Palette palette, CancellationToken cancellationToken)
    {
        if (kind == ListedKind.Endpoints)
        {
            return await RenderEndpointsAsync(context, filter, palette, cancellationToken);
        }

        var (revision, all) = await ResourceQuery.RunAsync(context, kind, filter, cancellationToken);
        JsonNode[] items = [.. all.Where(item => HasLabels(item, labels))];
        if (filter.Name is not null && items.Length == 0)
        {
            throw ResourceQuery.NotFound(context, kind, filter, revision);
        }

        return context.Format switch
        {
            OutputFormat.Yaml => YamlText.OfDocuments(items),
            OutputFormat.Json when filter.Name is not null && items.Length == 1 => JsonText.Of(items[0]),
            OutputFormat.Json => JsonText.Of(new JsonObject { ["revision"] = revision, ["items"] = new JsonArray([.. items.Select(item => item.DeepClone())]) }),
            _ => await TableAsync(context, kind, items, filter, cancellationToken) is { Count: > 0 } table ? table.Render(palette) : "",
        };
    }

    private static bool HasLabels(JsonNode resource, IReadOnlyDictionary<string, string>? labels) =>
        labels?.All(label => string.Equals((string?)resource["metadata"]?["labels"]?[label.Key], label.Value, StringComparison.Ordinal)) ?? true;

    private static async Task<Table> TableAsync(
        CommandContext context, ListedKind kind, IReadOnlyList<JsonNode> items, NameFilter filter, CancellationToken cancellationToken)
    {
        var query = filter.Query.Length == 0 ? "" : "?" + filter.Query[1..];
        if (context.ChoosesController)
        {
            // What a daemon sees of its own node stands in no table of the controller's.
            var table = kind == ListedKind.Services ? ResourceTables.Services(items, context.IsWide)
                : kind == ListedKind.ServiceEntries ? ResourceTables.ServiceEntries(items, context.IsWide)
                : await ResourceTableAsync(context, kind, items, [], cancellationToken);
            return ResourceTables.WithStatus(table, items, context.IsWide);
        }

        if (kind == ListedKind.Services || kind == ListedKind.ServiceEntries)
        {
            var live = await context.Admin.GetAsync("v1/services" + query, AdminJson.Default.ServiceList, cancellationToken);
            var chosen = items.Select(ResourceTables.QualifiedName).ToHashSet(StringComparer.Ordinal);
            return LiveTables.Services(
                live.Items.Where(service => kind.Kinds.Contains(service.Kind, StringComparer.Ordinal) && chosen.Contains($"{service.Namespace}/{service.Name}")), context.IsWide);
        }

        if (kind == ListedKind.Workloads)
        {
            var live = await context.Admin.GetAsync("v1/workloads" + query, AdminJson.Default.WorkloadList, cancellationToken);
            return await ResourceTableAsync(context, kind, items, live.Items, cancellationToken);
        }

        return await ResourceTableAsync(context, kind, items, [], cancellationToken);
    }

    private static async Task<Table> ResourceTableAsync(
        CommandContext context, ListedKind kind, IReadOnlyList<JsonNode> items, IReadOnlyList<WorkloadList.Workload> live, CancellationToken cancellationToken)
    {
        if (kind == ListedKind.Nodes)
        {
            var (_, workloads) = await ResourceQuery.RunAsync(context, ListedKind.Workloads, default, cancellationToken);
            return ResourceTables.Nodes(items, workloads, context.IsWide);
        }

        return kind == ListedKind.Workloads ? ResourceTables.Workloads(items, live, context.IsWide)
            : kind == ListedKind.MeshConfigs ? ResourceTables.MeshConfigs(items)
            : kind == ListedKind.Resources ? ResourceTables.Any(items)
            : ResourceTables.Policies(items, context.IsWide);
    }

    private static async Task<string> RenderEndpointsAsync(CommandContext context, NameFilter filter, Palette palette, CancellationToken cancellationToken)
    {
        if (context.ChoosesController)
        {
            throw new CliException("a controller has no endpoints: they are what a daemon makes of services and workloads", "ask a daemon, on its machine: --socket PATH");
        }

        // The API takes a whole namespace/name; anything less is chosen here.
        var query = filter is { Namespace: not null, Name: not null } ? $"?service={Uri.EscapeDataString($"{filter.Namespace}/{filter.Name}")}" : "";
        var answer = await context.Admin.GetAsync("v1/endpoints" + query, cancellationToken);
        var kept = (answer["items"] as JsonArray ?? []).OfType<JsonNode>().Where(item => filter.Matches((string?)item["service"])).ToArray();
        answer["items"] = new JsonArray([.. kept.Select(item => item.DeepClone())]);
        if (context.IsStructured)
        {
            return context.Format == OutputFormat.Yaml ? YamlText.Of(answer) : JsonText.Of(answer);
        }

        var table = LiveTables.Endpoints(context.Admin.Read(answer, AdminJson.Default.EndpointList).Items, context.IsWide);
        return table.Count == 0 ? "" : table.Render(palette);
    }
}
