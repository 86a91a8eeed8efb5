using System.CommandLine;
using System.Globalization;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Api;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>How the daemon is.</summary>
internal sealed class StatusCommand : CtlCommand
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    private readonly Option<TimeSpan?> _wait = Lifetime.Option("--wait", "Waits at most so long (30s, 5m) until the daemon is ready; exits 1 when it is not by then");

    public StatusCommand(CliHost host, GlobalOptions options)
        : base(
            "status",
            "Shows how the daemon is: ready or why not, its configuration, identities, listeners and rules.",
            "nodemeshctl status",
            "nodemeshctl status --wait 30s                             # in a script, after systemctl start",
            "nodemeshctl status -o json | jq .configuration.revision")
    {
        Add(_wait);
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ready = context.Parsed.GetValue(_wait) is not { } patience || await WaitAsync(context, patience, cancellationToken);
        var answer = await context.Admin.GetAsync("v1/status", cancellationToken);
        if (context.IsStructured)
        {
            context.Write(answer);
        }
        else
        {
            Print(context, context.Admin.Read(answer, AdminJson.Default.StatusReport));
        }

        return ready ? ExitCode.Success : ExitCode.Failure;
    }

    private static async Task<bool> WaitAsync(CommandContext context, TimeSpan patience, CancellationToken cancellationToken)
    {
        var time = context.Host.Time;
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                var status = await context.Admin.GetAsync("v1/status", AdminJson.Default.StatusReport, cancellationToken);
                if (status.State is "ready")
                {
                    return true;
                }

                if (time.GetElapsedTime(began) >= patience)
                {
                    return false;
                }
            }
            catch (ApiException e) when (e.Failure == ApiFailure.Unreachable && time.GetElapsedTime(began) < patience)
            {
                // It may be on its way up.
            }

            await Task.Delay(Between, time, cancellationToken);
        }
    }

    private static void Print(CommandContext context, StatusReport status)
    {
        var palette = context.Palette;
        var state = palette.Paint(status.State, status.State switch { "ready" => Tone.Good, "starting" or "draining" => Tone.Warning, _ => Tone.Bad });
        Line(context, "Daemon", $"{state}, node {status.Node}, version {status.Version}, pid {status.Pid}, up {Humane.Duration(status.UptimeSeconds)}");
        foreach (var reason in status.NotReady)
        {
            Line(context, "", palette.Paint(Printable.Of(reason), Tone.Bad));
        }

        if (status.TrustDomain is not null)
        {
            Line(context, "Mesh", $"trust domain {status.TrustDomain}, DNS domain {status.DnsDomain}");
        }

        Configuration(context, status.Configuration);
        if (status.Controller is { } controller)
        {
            Controller(context, controller);
        }

        Identities(context, status);
        Interception(context, status.Interception);
        var first = true;
        foreach (var listener in status.Listeners.GroupBy(listener => listener.Name, StringComparer.Ordinal))
        {
            Line(context, first ? "Listeners" : "", $"{listener.Key,-10} {string.Join(", ", listener.Select(l => l.Address).Distinct(StringComparer.Ordinal))}");
            first = false;
        }

        Line(context, "Connections", $"{status.Connections.Open} open");
        foreach (var capability in status.Capabilities.Where(capability => !capability.Held && capability.Need is "required"))
        {
            Line(context, "Missing", palette.Paint($"{capability.Name}: {capability.Purpose}", Tone.Bad));
        }

        Line(context, "Log level", status.LogLevel);
    }

    private static void Configuration(CommandContext context, StatusReport.ConfigurationPart configuration)
    {
        var kinds = string.Join(", ", configuration.Resources.Select(kind => $"{kind.Value} {kind.Key}"));
        var source = configuration.Directory ?? "the controller";
        Line(context, "Configuration", configuration.Revision == 0
            ? context.Palette.Paint($"none loaded yet from {source}", Tone.Bad)
            : $"revision {configuration.Revision} from {source}, loaded {Humane.Duration(configuration.AgeSeconds ?? 0)} ago{(kinds.Length == 0 ? "" : $": {kinds}")}");
        foreach (var warning in configuration.Warnings)
        {
            Line(context, "", context.Palette.Paint(Printable.Of(warning.ToString()), Tone.Warning));
        }

        if (configuration.Rejected is not { } rejected)
        {
            return;
        }

        var since = rejected.At is { } at ? string.Create(CultureInfo.InvariantCulture, $" since {Humane.Time(at)}") : "";
        Line(context, "", context.Palette.Paint($"{(configuration.Directory is null ? "what it gave last is" : "the files are")} wrong{since}; this revision stays in force until {(configuration.Directory is null ? "that is" : "they are")} right:", Tone.Bad));
        foreach (var error in rejected.Errors)
        {
            Line(context, "", context.Palette.Paint("  " + Printable.Of(error.ToString()), Tone.Bad));
        }
    }

    private static void Controller(CommandContext context, StatusReport.ControllerPart controller)
    {
        var revision = controller.Revision is { } number ? $", its revision {number}" : "";
        if (controller.Connected)
        {
            Line(context, "Controller", $"{context.Palette.Paint("connected", Tone.Good)} to {controller.Address}{revision}");
            return;
        }

        var age = controller.AgeSeconds is { } seconds ? $"; in force is what it had {Humane.Duration(seconds)} ago{revision}" : "";
        var since = controller.Since is { } time ? $" since {Humane.Time(time)}" : "";
        Line(context, "Controller", context.Palette.Paint($"not connected{since}{age}", controller.AgeSeconds is null ? Tone.Bad : Tone.Warning));
        Line(context, "", context.Palette.Paint(Printable.Of($"{controller.Address}: {controller.Trouble}"), Tone.Bad));
    }

    private static void Identities(CommandContext context, StatusReport status)
    {
        var identities = status.Identities;
        (int Count, string State)[] troubles = [(identities.Expiring, "expiring"), (identities.Expired, "expired"), (identities.Missing, "missing")];
        var detail = string.Join(", ", troubles.Where(trouble => trouble.Count > 0).Select(trouble => $"{trouble.Count} {trouble.State}"));
        var tone = identities.Expired + identities.Missing > 0 ? Tone.Bad : Tone.Warning;
        Line(context, "Identities", $"{identities.Loaded} loaded from {identities.Directory}{(detail.Length == 0 ? "" : $", {context.Palette.Paint(detail, tone)}")}");
        Problems(context, identities.Problems);
        var domains = status.Bundles.TrustDomains.Count == 0 ? context.Palette.Paint("none", Tone.Bad) : string.Join(", ", status.Bundles.TrustDomains);
        Line(context, "Trust bundles", $"{domains} from {status.Bundles.Directory}");
        Problems(context, status.Bundles.Problems);
    }

    private static void Interception(CommandContext context, StatusReport.InterceptionPart interception)
    {
        var ports = interception.Ports is { Count: > 0 } list ? string.Join(", ", list) : "none";
        Line(context, "Inbound ports", interception.ManagePorts ? ports : "not managed by the daemon (nodemesh-iptables ports list)");
        if (interception.Error is { } error)
        {
            Line(context, "", context.Palette.Paint(Printable.Of(error), Tone.Bad));
        }
    }

    private static void Problems(CommandContext context, IReadOnlyList<FileTrouble> problems)
    {
        foreach (var problem in problems)
        {
            Line(context, "", context.Palette.Paint(Printable.Of($"{problem.File}: {problem.Reason}"), Tone.Bad));
        }
    }

    private static void Line(CommandContext context, string title, string text) => context.WriteLine($"{title,-15}{text}");
}
