using System.Text;
using NodeMesh.Cli.Checks;
using NodeMesh.Cli.Commands;

namespace NodeMesh.Cli.Tests;

/// <summary>Runs nodemeshctl in this process, as from a shell.</summary>
internal static class Ctl
{
    public static Task<CtlRun> RunAsync(params string[] args) => RunAsync(args, input: "");

    public static async Task<CtlRun> RunAsync(
        string[] args, string input = "", bool terminal = false, IReadOnlyDictionary<string, string>? environment = null, Machine? machine = null,
        TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = new CliHost
        {
            Output = output,
            Error = error,
            Input = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
            OutputIsTerminal = terminal,
            Environment = name => environment?.GetValueOrDefault(name),
            Machine = machine ?? new Machine(),
            Time = time ?? TimeProvider.System,
        };
        var exit = await CommandTree.InvokeAsync(args, host, cancellationToken);
        return new CtlRun(exit, output.ToString(), error.ToString());
    }
}
