using System.CommandLine;
using NodeMesh.Cli.Admin;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands;

/// <summary>The options every command takes.</summary>
internal sealed class GlobalOptions
{
    public const string SocketVariable = "NODEMESH_ADMIN_SOCKET";

    private static readonly string[] Formats = ["table", "wide", "json", "yaml"];

    public GlobalOptions()
    {
        // The names of the enumeration would stand beside those that are understood.
        Output.CompletionSources.Clear();
        Output.CompletionSources.Add(Formats);
        Output.CustomParser = result =>
        {
            var index = Array.IndexOf(Formats, result.Tokens[0].Value);
            if (index < 0)
            {
                result.AddError($"--output {result.Tokens[0].Value} is not known; give one of {string.Join(", ", Formats)}");
            }

            return (OutputFormat)Math.Max(index, 0);
        };
    }

    public Option<string?> Socket { get; } = new("--socket")
    {
        Description = $"The daemon's admin socket [{SocketVariable}, else {AdminClient.DefaultSocket}]",
        HelpName = "PATH",
        Recursive = true,
    };

    public Option<OutputFormat> Output { get; } = new("--output", "-o")
    {
        Description = "table or wide for people, json or yaml for scripts [table]",
        HelpName = "FORMAT",
        Recursive = true,
    };

    public ControllerOptions Controller { get; } = new();

    public Option<bool> NoColour { get; } = new("--no-color")
    {
        Description = "No colour on a terminal (as does the variable NO_COLOR)",
        Recursive = true,
    };

    public string SocketOf(ParseResult result, CliHost host) =>
        result.GetValue(Socket) ?? (host.Environment(SocketVariable) is { Length: > 0 } path ? path : AdminClient.DefaultSocket);

    /// <summary>
    /// Whether a command that can ask the daemon or the controller is to ask the controller: where one is named, on the command line or by the current
    /// context, and no socket of a daemon is.
    /// </summary>
    /// <exception cref="CliException">Both are named, or the contexts cannot be read.</exception>
    public bool ChoosesController(ParseResult result, CliHost host)
    {
        var daemon = result.GetValue(Socket) is not null;
        return Controller.IsNamed(result)
            ? daemon ? throw new CliException(
                $"--socket names a daemon and {(result.GetValue(Controller.Context) is null ? "--controller" : "--context")} a controller", "give one of the two") : true
            : !daemon && new ContextFile(host).Current() is not null;
    }
}
