using System.CommandLine;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Changes how a node belongs to the mesh.</summary>
internal sealed class NodeStateCommand : CtlCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "A node that has joined" };

    /// <param name="done">What is said of the node then.</param>
    private NodeStateCommand(CliHost host, GlobalOptions options, string name, string description, string done)
        : base(name, description, $"nodemeshctl node {name} web-1")
    {
        Add(_name);
        Runs(host, options, async (context, cancellationToken) =>
        {
            var node = context.Parsed.GetRequiredValue(_name);
            await context.Controller.PostAsync($"v1/nodes/{Uri.EscapeDataString(node)}/{name}", cancellationToken);
            context.Host.Error.Write($"{node} is {done}\n");
            return ExitCode.Success;
        });
    }

    public static NodeStateCommand Cordon(CliHost host, GlobalOptions options) => new(
        host,
        options,
        "cordon",
        "Keeps new traffic of other nodes from a node: its endpoints are used no more, as in a drain. What is open goes on, its own workloads call as before, and its certificates are renewed.",
        "cordoned");

    public static NodeStateCommand Uncordon(CliHost host, GlobalOptions options) =>
        new(host, options, "uncordon", "Lets traffic to a node again that was cordoned.", "not cordoned");

    public static NodeStateCommand Evict(CliHost host, GlobalOptions options) => new(
        host,
        options,
        "evict",
        "Shuts a node out: it is cut off from the controller at once, and its certificates are renewed no more. A new token lets it in again.",
        "evicted");
}
