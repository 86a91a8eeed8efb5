using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>Prints an explanation for people: the verdict first, then how it came about.</summary>
internal sealed class ExplanationText(CommandContext context)
{
    public void Print(Explanation explanation)
    {
        Verdict(explanation);
        context.WriteLine("");
        Parties(explanation);
        Steps(explanation.Steps);
        Endpoints(explanation.Endpoints);
        var differing = explanation.Endpoints.Where(endpoint => endpoint.Policy is { Reason.Length: > 0 }).ToArray();
        foreach (var endpoint in differing)
        {
            Policy($"Policy at {endpoint.Workload ?? endpoint.Address}", endpoint.Policy!);
        }

        if (differing.Length == 0 && explanation.Policy is { } policy)
        {
            Policy("Policy", policy);
        }

        // A remedy that sends the operator here has nothing to add.
        if (explanation.Refusal?.Remedy is { } remedy && !remedy.Contains("nodemeshctl explain", StringComparison.Ordinal))
        {
            context.WriteLine("");
            context.WriteLine($"What to do: {Printable.Of(remedy)}");
        }
    }

    private void Verdict(Explanation explanation)
    {
        var what = explanation.Outcome switch
        {
            "mesh" => context.Palette.Paint("ALLOWED", Tone.Good) + ": to another node of the mesh, with mutual TLS",
            "local" => context.Palette.Paint("ALLOWED", Tone.Good) + ": to a workload of this node, without leaving the machine",
            "plaintext" => context.Palette.Paint("ALLOWED", Tone.Warning) + ": out of the mesh, as it is, without mutual TLS",
            "varies" => context.Palette.Paint("DEPENDS", Tone.Warning) + $": on the endpoint that is chosen; some refuse it: {Refusal(explanation.Refusal)}",
            _ => context.Palette.Paint("REFUSED", Tone.Bad) + $": {Refusal(explanation.Refusal)}",
        };
        context.WriteLine(what);
    }

    private static string Refusal(Explanation.RefusalPart? refusal)
    {
        if (refusal is null)
        {
            return "no reason given";
        }

        var flag = refusal.Flag is null ? "" : $" ({refusal.Flag} in the access log)";
        return Printable.Of($"{refusal.Code}{flag}{(refusal.Meaning is null ? "" : $": {refusal.Meaning}")}");
    }

    private void Parties(Explanation explanation)
    {
        var source = explanation.Source;
        var destination = explanation.Destination;
        string[] names = [source.Workload ?? "", source.SpiffeId ?? "no identity", source.Local ? "on this node" : source.Workload is null ? "of no Workload" : "on another node"];
        Line("From", string.Join(", ", names.Where(name => name.Length > 0)));
        var address = destination.Address is null || string.Equals(destination.Address, destination.Text, StringComparison.Ordinal) ? "" : $" ({destination.Address})";
        Line("To", $"{destination.Text}{address}, port {destination.Port}");
        Line("Service", explanation.Service ?? "none: the mesh does not know this destination");
        if (explanation.Protocol is { } protocol)
        {
            Line("Protocol", protocol);
        }

        if (explanation.Endpoints is [{ SpiffeId: { } identity }, ..])
        {
            Line("Must prove", identity);
        }

        Line("Configuration", $"revision {explanation.Revision}");
    }

    private void Steps(IReadOnlyList<string> steps)
    {
        if (steps.Count == 0)
        {
            return;
        }

        context.WriteLine("");
        context.WriteLine("Steps:");
        for (var i = 0; i < steps.Count; i++)
        {
            context.WriteLine($"  {i + 1}. {Printable.Of(steps[i])}");
        }
    }

    private void Endpoints(IReadOnlyList<Explanation.Candidate> endpoints)
    {
        if (endpoints.Count == 0)
        {
            return;
        }

        context.WriteLine("");
        context.WriteLine("Endpoints:");
        var table = new Table("KIND", "ADDRESS", "DIALS", "NODE", "WORKLOAD", "HEALTH", "MTLS", "SPIFFE-ID");
        foreach (var endpoint in endpoints)
        {
            table.Add(
                endpoint.Kind, endpoint.Address, endpoint.DialAddress, endpoint.Node, endpoint.Workload, LiveTables.HealthCell(endpoint.Health), endpoint.PeerAuthentication,
                endpoint.SpiffeId);
        }

        context.Write(table.Render(context.Palette, indent: 2));
    }

    private void Policy(string title, Explanation.Decision decision)
    {
        var reason = decision.Reason switch
        {
            "no-allow-policies" => "no ALLOW policy applies to the destination, so all are let in",
            "allow-matched" => $"{Named(decision)} allows it",
            "deny-matched" => $"{Named(decision)} denies it",
            "no-allow-matched" => "ALLOW policies apply to the destination, and none of them matches",
            "unresolved" => "the policy cannot be decided on what is known of the connection, and so denies",
            _ => decision.Reason,
        };
        var verdict = decision.Allowed ? context.Palette.Paint("allowed", Tone.Good) : context.Palette.Paint("denied", Tone.Bad);
        context.WriteLine("");
        context.WriteLine($"{title}: {verdict}: {Printable.Of(reason)}");
        foreach (var policy in decision.Policies)
        {
            var dryRun = policy.DryRun ? ", dry run" : "";
            context.WriteLine(Printable.Of($"  {policy.Action} {policy.Policy}{dryRun}: {(policy.Matched ? "matches" : "does not match")}"));
            foreach (var rule in policy.Rules)
            {
                var why = rule.Mismatch ?? rule.Explanation;
                context.WriteLine(Printable.Of($"    rule {rule.Index}: {(rule.Matched ? "matches" : "does not match")}{(rule.Matched || why is null ? "" : $": {why}")}{(rule.NeedsHttp ? " (asks for HTTP fields)" : "")}"));
            }
        }

        if (decision.DryRunAllowed is { } dry && dry != decision.Allowed)
        {
            context.WriteLine($"  If the dry-run policies were in force, it would be {(dry ? "allowed" : "denied")}.");
        }
    }

    private static string Named(Explanation.Decision decision) => decision.Rule is { } rule ? $"rule {rule} of {decision.Policy}" : decision.Policy ?? "a policy";

    private void Line(string title, string text) => context.WriteLine($"{title + ":",-15}{Printable.Of(text)}");
}
