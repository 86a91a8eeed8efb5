using System.CommandLine;
using System.Text.Json.Nodes;

namespace NodeMesh.Cli.Commands;

/// <summary>Shows or sets how much the daemon logs.</summary>
internal sealed class LogLevelCommand : CtlCommand
{
    private readonly Argument<string?> _level = new("LEVEL")
    {
        Description = "trace, debug, information, warning, error or critical",
        HelpName = "LEVEL",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public LogLevelCommand(CliHost host, GlobalOptions options)
        : base(
            "log-level",
            "Shows how much the daemon logs, or sets it until its next start.",
            "nodemeshctl log-level",
            "nodemeshctl log-level debug")
    {
        _level.AcceptOnlyFromAmong("trace", "debug", "information", "warning", "error", "critical");
        Add(_level);
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var answer = context.Parsed.GetValue(_level) is { } level
            ? await context.Admin.SendAsync(HttpMethod.Put, "v1/log-level", new JsonObject { ["level"] = level }, cancellationToken)
            : await context.Admin.GetAsync("v1/log-level", cancellationToken);
        if (context.IsStructured)
        {
            context.Write(answer);
        }
        else
        {
            context.WriteLine((string?)answer["level"] ?? "");
        }

        return ExitCode.Success;
    }
}
