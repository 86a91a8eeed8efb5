using System.CommandLine;
using NodeMesh.Cli.Controller;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Changes how a node belongs to the mesh.</summary>
internal sealed class NodeStateCommand : CtlCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "A node that has joined" };

    /// <param name="done">What is said of the node then.</param>
    /// <param name="ask">Asks for it, of the node at a path.</param>
    private NodeStateCommand(
        CliHost host, GlobalOptions options, string name, string description, string done, Func<ControllerClient, string, CancellationToken, Task>? ask = null)
        : base(name, description, $"nodemeshctl node {name} web-1")
    {
        Add(_name);
        Runs(host, options, async (context, cancellationToken) =>
        {
            var node = context.Parsed.GetRequiredValue(_name);
            var path = $"v1/nodes/{Uri.EscapeDataString(node)}";
            await (ask is null ? context.Controller.PostAsync($"{path}/{name}", cancellationToken) : ask(context.Controller, path, cancellationToken));
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

    public static NodeStateCommand Delete(CliHost host, GlobalOptions options) => new(
        host,
        options,
        "delete",
        "Forgets a node that is gone for good: it was evicted, and nothing is placed on it any more. Its certificates stay refused, and tokens of its name that were not used serve no more.",
        "deleted",
        (controller, path, cancellationToken) => controller.DeleteAsync(path, cancellationToken));
}
