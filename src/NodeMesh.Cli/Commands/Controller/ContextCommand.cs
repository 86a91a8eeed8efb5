namespace NodeMesh.Cli.Commands.Controller;

/// <summary>The controllers that the operator has given names.</summary>
internal sealed class ContextCommand : CtlCommand
{
    public ContextCommand(CliHost host, GlobalOptions options)
        : base(
            "context",
            "Keeps controllers under names in ~/.config/nodemesh/config.yaml, one of which is meant where neither --context nor --controller is given. With one in use, get and describe ask it too; --socket asks a daemon.",
            "nodemeshctl context set prod --controller https://mesh.example.org:15010 --identity ~/.config/nodemesh/alice --bundle ~/.config/nodemesh/example.org.json",
            "nodemeshctl context use prod",
            "nodemeshctl context list")
    {
        Add(new ContextListCommand(host, options));
        Add(ContextChangeCommand.Use(host, options));
        Add(new ContextSetCommand(host, options));
        Add(ContextChangeCommand.Remove(host, options));
    }
}
