using System.CommandLine;
using System.Globalization;
using NodeMesh.Cli.Admin;

namespace NodeMesh.Cli.Commands;

/// <summary>Asks the daemon what it would do with a connection, and why.</summary>
internal sealed class ExplainCommand : CtlCommand
{
    private readonly Argument<string> _source = new("SOURCE") { Description = "A workload (NAMESPACE/NAME), a SPIFFE ID, or 'unknown' for a process of this node that no Workload claims" };
    private readonly Argument<string> _destination = new("DESTINATION:PORT") { Description = "A service (NAMESPACE/NAME), DNS name or IP address, and a port; IPv6 as [ADDRESS]:PORT" };

    private readonly Option<string?> _method = new("--method") { Description = "Judge an HTTP request: its method (GET)" };
    private readonly Option<string?> _path = new("--path") { Description = "Judge an HTTP request: its path (/)" };
    private readonly Option<string?> _requestHost = new("--host") { Description = "Judge an HTTP request: its host (DESTINATION)" };
    private readonly Option<string[]> _headers = new("--header") { Description = "Judge an HTTP request: a header, \"NAME: VALUE\"; may be given again", DefaultValueFactory = _ => [] };

    public ExplainCommand(CliHost host, GlobalOptions options)
        : base(
            "explain",
            "Asks the deciding code what would become of a connection, step by step: service, endpoint, identity, policy. Opens none. Exits 0 when it would be let through, 3 when it is refused, by all endpoints or by some, 1 when it cannot be told.",
            "nodemeshctl explain shop/web cart.shop.mesh:80",
            "nodemeshctl explain shop/web shop/cart:80",
            "nodemeshctl explain shop/web shop/cart:80 --method DELETE --path /orders/1 --header 'x-team: red'",
            "nodemeshctl explain spiffe://example.org/ns/shop/sa/web 240.240.0.1:80",
            "nodemeshctl explain shop/web '[fd00:240::1]:80' -o json")
    {
        Add(_source);
        Add(_destination);
        Add(_method);
        Add(_path);
        Add(_requestHost);
        Add(_headers);
        var names = new NameCompletion(host, options);
        _source.CompletionSources.Add(completion => NameCompletion.IsTyped(completion, _source) ? [] : names.Names(completion, ["Workload"]));
        _destination.CompletionSources.Add(completion =>
            NameCompletion.IsTyped(completion, _source) ? names.Names(completion, ["Service", "ServiceEntry"]).Select(name => name + ":") : []);
        _destination.Validators.Add(result =>
        {
            if (Split(result.Tokens[0].Value) is null)
            {
                result.AddError($"\"{result.Tokens[0].Value}\" is no DESTINATION:PORT; give for example cart.shop.mesh:80, shop/cart:80 or [fd00:240::1]:80");
            }
        });
        Runs(host, options, RunAsync);
    }

    /// <summary>What stands before and after the last colon, or null when that is no destination and port.</summary>
    internal static (string Destination, int Port)? Split(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
        {
            return null;
        }

        var destination = text[..colon];
        if (destination is ['[', .. var inner, ']'])
        {
            return inner.Length > 0 ? (inner, port) : null;
        }

        // fd00::1:80 could be an address without port.
        return destination.Contains(':', StringComparison.Ordinal) ? null : (destination, port);
    }

    private string Request(CommandContext context)
    {
        (string Name, string? Value)[] parameters =
        [
            ("method", context.Parsed.GetValue(_method)),
            ("path", context.Parsed.GetValue(_path)),
            ("host", context.Parsed.GetValue(_requestHost)),
            .. (context.Parsed.GetValue(_headers) ?? []).Select(header => ("header", (string?)header)),
        ];
        return string.Concat(parameters.Where(p => p.Value is not null).Select(p => $"&{p.Name}={Uri.EscapeDataString(p.Value!)}"));
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var source = context.Parsed.GetRequiredValue(_source);
        var (destination, port) = Split(context.Parsed.GetRequiredValue(_destination))!.Value;
        var answer = await context.Admin.GetAsync(
            $"v1/explain?source={Uri.EscapeDataString(source)}&destination={Uri.EscapeDataString(destination)}&port={port}{Request(context)}", cancellationToken);
        var explanation = context.Admin.Read(answer, AdminJson.Default.Explanation);
        if (context.IsStructured)
        {
            context.Write(answer);
        }
        else
        {
            new ExplanationText(context).Print(explanation);
        }

        return explanation.Outcome switch
        {
            "mesh" or "local" or "plaintext" => ExitCode.Success,
            "refused" or "varies" => ExitCode.Refused,
            _ => throw new CliException($"the daemon gives an outcome that this program does not know: {explanation.Outcome}", "compare nodemeshctl version"),
        };
    }
}
