using System.CommandLine;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Shuts a node out.</summary>
internal sealed class NodeEvictCommand : CtlCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "A node that has joined" };

    public NodeEvictCommand(CliHost host, GlobalOptions options)
        : base(
            "evict",
            "Shuts a node out: it is cut off from the controller at once, and its certificates are renewed no more. A new token lets it in again.",
            "nodemeshctl node evict web-1")
    {
        Add(_name);
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var name = context.Parsed.GetRequiredValue(_name);
        await context.Controller.PostAsync($"v1/nodes/{Uri.EscapeDataString(name)}/evict", cancellationToken);
        context.Host.Error.Write($"{name} is evicted\n");
        return ExitCode.Success;
    }
}
