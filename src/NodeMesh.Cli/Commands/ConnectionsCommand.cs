using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>Lists the connections that are open through the daemon.</summary>
internal sealed class ConnectionsCommand : CtlCommand
{
    private const int MostConnections = 100_000;

    private readonly Option<string?> _service = new("--service") { Description = "Only to this service", HelpName = "NAMESPACE/NAME" };
    private readonly Option<string?> _workload = new("--workload") { Description = "Only from or to this workload", HelpName = "NAMESPACE/NAME" };
    private readonly Option<string?> _principal = new("--principal") { Description = "Only from or to this identity", HelpName = "SPIFFE-ID" };
    private readonly Option<string?> _direction = new("--direction") { Description = "Only outbound, inbound (plaintext) or mesh (through a mesh link)", HelpName = "DIRECTION" };
    private readonly Option<string?> _security = new("--security") { Description = "Only mutual_tls or none", HelpName = "SECURITY" };
    private readonly Option<int> _limit = new("--limit") { Description = "At most so many, the longest-lived first [1000]", HelpName = "COUNT", DefaultValueFactory = _ => 1000 };
    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "Shows them again every two seconds, until Ctrl-C" };

    public ConnectionsCommand(CliHost host, GlobalOptions options)
        : base(
            "connections",
            "Lists open connections, the longest-lived first: who talks to whom, as which identity.",
            "nodemeshctl connections",
            "nodemeshctl connections --service shop/cart -o wide",
            "nodemeshctl connections --security none                   # what goes in plaintext",
            "nodemeshctl connections --watch")
    {
        _direction.AcceptOnlyFromAmong("outbound", "inbound", "mesh");
        _security.AcceptOnlyFromAmong("mutual_tls", "none");
        _limit.Validators.Add(result =>
        {
            if (!int.TryParse(result.Tokens is [var token, ..] ? token.Value : "1", NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > MostConnections)
            {
                result.AddError($"--limit is a number from 1 to {MostConnections}");
            }
        });
        var names = new NameCompletion(host, options);
        _service.CompletionSources.Add(completion => names.Names(completion, ["Service", "ServiceEntry"]));
        _workload.CompletionSources.Add(completion => names.Names(completion, ["Workload"]));
        foreach (var option in new Option[] { _service, _workload, _principal, _direction, _security, _limit, _watch })
        {
            Add(option);
        }

        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Parsed.GetValue(_watch))
        {
            return await Watch.RunAsync(context, (palette, token) => RenderAsync(context, palette, token), cancellationToken);
        }

        context.Write(await RenderAsync(context, context.Palette, cancellationToken));
        return ExitCode.Success;
    }

    private async Task<string> RenderAsync(CommandContext context, Palette palette, CancellationToken cancellationToken)
    {
        var limit = context.Parsed.GetValue(_limit);
        var isFiltered = new[] { _service, _workload, _principal, _direction, _security }.Any(option => context.Parsed.GetValue(option) is not null);
        // The daemon counts before this program filters.
        var answer = await context.Admin.GetAsync($"v1/connections?limit={(isFiltered ? MostConnections : limit)}", cancellationToken);
        var kept = (answer["items"] as JsonArray ?? []).OfType<JsonNode>()
            .Select(item => (Item: item, Connection: context.Admin.Read(item, AdminJson.Default.Connection)))
            .Where(pair => IsWanted(pair.Connection, context.Parsed))
            .Take(limit)
            .ToArray();
        if (context.IsStructured)
        {
            answer["items"] = new JsonArray([.. kept.Select(pair => pair.Item.DeepClone())]);
            return context.Format == OutputFormat.Yaml ? YamlText.Of(answer) : JsonText.Of(answer);
        }

        var total = (long?)answer["total"] ?? 0;
        var shown = total == kept.Length ? "" : palette.Paint($"{kept.Length} of {Humane.Count(total, "open connection", "open connections")} shown\n", Tone.Faint);
        return kept.Length == 0 && total == 0 ? "No connection is open.\n" : Render(kept.Select(pair => pair.Connection), context.IsWide).Render(palette) + shown;
    }

    private bool IsWanted(Connection connection, ParseResult parsed) =>
        Is(parsed.GetValue(_service), connection.Service)
        && Is(parsed.GetValue(_workload), connection.Source.Workload, connection.Destination.Workload)
        && Is(parsed.GetValue(_principal), connection.Source.Principal, connection.Destination.Principal)
        && Is(parsed.GetValue(_direction), connection.Direction)
        && Is(parsed.GetValue(_security), connection.Security);

    private static bool Is(string? wanted, params ReadOnlySpan<string?> found)
    {
        if (wanted is null)
        {
            return true;
        }

        foreach (var text in found)
        {
            if (string.Equals(wanted, text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static Table Render(IEnumerable<Connection> connections, bool wide)
    {
        string[] headers = ["ID", "DIRECTION", "SOURCE", "DESTINATION", "SERVICE", "SECURITY", "AGE", "SENT", "RECEIVED"];
        var table = new Table(wide ? [.. headers, "FROM", "TO", "ENDPOINT", "SOURCE-ID", "DESTINATION-ID", "TLS", "LOOP"] : headers);
        foreach (var connection in connections)
        {
            var (source, destination) = (connection.Source, connection.Destination);
            Cell[] row =
            [
                connection.Id, connection.Direction, source.Workload ?? source.Principal ?? source.Address,
                destination.Workload ?? destination.Address, connection.Service,
                new Cell(connection.Security is "mutual_tls" ? "mTLS" : connection.Security, connection.Security is "mutual_tls" ? Tone.Good : Tone.Warning),
                Humane.Duration(connection.AgeSeconds), Humane.Bytes(connection.SentBytes), Humane.Bytes(connection.ReceivedBytes),
            ];
            table.Add(wide
                ? [.. row, source.Address, destination.Address, destination.Endpoint, source.Principal, destination.Principal, Tls(connection), connection.Loop]
                : row);
        }

        return table;
    }

    private static string? Tls(Connection connection) => connection.TlsVersion is null ? null : $"{connection.TlsVersion}/{connection.Cipher}";
}
