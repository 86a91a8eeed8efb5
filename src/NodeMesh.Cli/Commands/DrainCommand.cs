using System.CommandLine;
using System.Globalization;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>Ends the daemon in peace.</summary>
internal sealed class DrainCommand : CtlCommand
{
    private readonly Option<TimeSpan?> _grace = Lifetime.Option("--grace", "How long open connections may take to end (30s, 5m, at most 1h) [drain of nodemeshd.yaml]");

    public DrainCommand(CliHost host, GlobalOptions options)
        : base(
            "drain",
            "Ends the daemon as SIGTERM does: it takes nothing new, waits for open connections, cuts the rest and exits. Captured traffic is refused until it runs again.",
            "nodemeshctl drain",
            "nodemeshctl drain --grace 5m")
    {
        _grace.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && Lifetime.TryParse(token.Value, out var grace) && grace > TimeSpan.FromHours(1))
            {
                result.AddError("--grace is at most 1h");
            }
        });
        Add(_grace);
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var query = context.Parsed.GetValue(_grace) is { } grace ? string.Create(CultureInfo.InvariantCulture, $"?graceSeconds={grace.TotalSeconds:0}") : "";
        var answer = await context.Admin.SendAsync(HttpMethod.Post, "v1/drain" + query, body: null, cancellationToken);
        if (context.IsStructured)
        {
            context.Write(answer);
        }
        else
        {
            context.WriteLine($"draining; the daemon ends within {Humane.Duration((double?)answer["graceSeconds"] ?? 0)}");
        }

        return ExitCode.Success;
    }
}
