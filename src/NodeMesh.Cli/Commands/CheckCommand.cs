using System.CommandLine;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Checks;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>Looks whether everything on this machine is as the mesh needs it.</summary>
internal sealed class CheckCommand : CtlCommand
{
    private readonly Option<bool> _preflight = new("--pre") { Description = "Only what can be said before the daemon runs" };

    public CheckCommand(CliHost host, GlobalOptions options)
        : base(
            "check",
            "Looks whether everything on this machine is as the mesh needs it, and says what to do where it is not. Exits 1 when a check fails; warnings do not count.",
            "sudo nodemeshctl check",
            "sudo nodemeshctl check --pre                              # before installing: is the machine fit?",
            "sudo nodemeshctl check -o json | jq '.checks[] | select(.result == \"failed\")'")
    {
        Add(_preflight);
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var outcomes = new List<CheckOutcome>();
        var machine = context.Host.Machine;
        await AddAsync(context, outcomes, new SystemChecks(machine), cancellationToken);
        if (context.Parsed.GetValue(_preflight))
        {
            await AddAsync(context, outcomes, new PortChecks(machine, status: null), cancellationToken);
            return Finish(context, outcomes);
        }

        var daemon = new DaemonChecks(context.Admin);
        await AddAsync(context, outcomes, daemon, cancellationToken);
        await AddAsync(context, outcomes, new PortChecks(machine, daemon.Status), cancellationToken);
        await AddAsync(context, outcomes, new InterceptionChecks(machine, daemon.Status), cancellationToken);
        if (daemon.Status is { } status)
        {
            await AddAsync(context, outcomes, new ControllerChecks(status, context.Host.Time), cancellationToken);
            await AddAsync(context, outcomes, new ConfigurationChecks(status), cancellationToken);
            await AddAsync(context, outcomes, new IdentityChecks(context.Admin, status, context.Host.Time), cancellationToken);
            await AddAsync(context, outcomes, new NameChecks(machine, context.Admin, status), cancellationToken);
        }

        return Finish(context, outcomes);
    }

    /// <summary>Each group is shown as soon as it is known.</summary>
    private static async Task AddAsync(CommandContext context, List<CheckOutcome> outcomes, CheckGroup group, CancellationToken cancellationToken)
    {
        await group.RunAsync(cancellationToken);
        outcomes.AddRange(group.Outcomes);
        if (context.IsStructured || group.Outcomes.Count == 0)
        {
            return;
        }

        context.WriteLine(context.Palette.Paint(group.Outcomes[0].Group, Tone.Strong));
        foreach (var outcome in group.Outcomes)
        {
            var (sign, tone) = outcome.Result switch
            {
                CheckResult.Passed => ("√", Tone.Good),
                CheckResult.Warning => ("‼", Tone.Warning),
                CheckResult.Failed => ("×", Tone.Bad),
                _ => ("-", Tone.Faint),
            };
            context.WriteLine($"  {context.Palette.Paint(sign, tone)} {Printable.Of(outcome.Text)}");
            if (outcome.Hint is { } hint)
            {
                context.WriteLine($"      {context.Palette.Paint(Printable.Of(hint), Tone.Faint)}");
            }
        }

        context.WriteLine("");
    }

    private static int Finish(CommandContext context, List<CheckOutcome> outcomes)
    {
        var failed = outcomes.Count(outcome => outcome.Result == CheckResult.Failed);
        var warnings = outcomes.Count(outcome => outcome.Result == CheckResult.Warning);
        var passed = outcomes.Count(outcome => outcome.Result == CheckResult.Passed);
        if (context.IsStructured)
        {
            context.Write(new JsonObject
            {
                ["ok"] = failed == 0,
                ["passed"] = passed,
                ["warnings"] = warnings,
                ["failed"] = failed,
                ["checks"] = new JsonArray([.. outcomes.Select(Item)]),
            });
        }
        else
        {
            var verdict = failed == 0 ? context.Palette.Paint("In order", Tone.Good) : context.Palette.Paint("Not in order", Tone.Bad);
            context.WriteLine($"{verdict}: {passed} passed, {Humane.Count(warnings, "warning", "warnings")}, {failed} failed");
        }

        return failed == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static JsonNode Item(CheckOutcome outcome)
    {
        var item = new JsonObject { ["group"] = outcome.Group, ["result"] = ResultName(outcome.Result), ["text"] = outcome.Text };
        if (outcome.Hint is not null)
        {
            item["hint"] = outcome.Hint;
        }

        return item;
    }

    private static string ResultName(CheckResult result) => result switch
    {
        CheckResult.Passed => "passed",
        CheckResult.Skipped => "skipped",
        CheckResult.Warning => "warning",
        _ => "failed",
    };
}
