namespace NodeMesh.Cli.Commands.Controller;

/// <summary>The nodes of a mesh with a controller.</summary>
internal sealed class NodeCommand : CtlCommand
{
    public NodeCommand(CliHost host, GlobalOptions options)
        : base(
            "node",
            "Lets machines into the mesh, shows which revision each has, keeps traffic from them, and shuts them out.",
            "nodemeshctl node token create web-1 --ttl 10m",
            "nodemeshctl node list",
            "nodemeshctl node cordon web-1                             # before its maintenance",
            "nodemeshctl node evict web-1")
    {
        Add(new NodeTokenCommand(host, options));
        Add(new NodeListCommand(host, options));
        Add(NodeStateCommand.Cordon(host, options));
        Add(NodeStateCommand.Uncordon(host, options));
        Add(NodeStateCommand.Evict(host, options));
        Add(NodeStateCommand.Delete(host, options));
    }
}
