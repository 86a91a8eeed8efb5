using System.CommandLine;
using NodeMesh.Cli.Controller;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Chooses the context that is meant from now on.</summary>
internal sealed class ContextUseCommand : CtlCommand
{
    private readonly Argument<string> _name;

    public ContextUseCommand(CliHost host, GlobalOptions options)
        : base("use", "Makes a context the current one: its controller is meant where --controller is not given.", "nodemeshctl context use prod")
    {
        Add(_name = ContextName.Argument(host, "A context"));
        Runs(host, options, (context, _) =>
        {
            var file = new ContextFile(context.Host);
            var settings = file.Read();
            var entry = ContextName.Find(settings, context.Parsed.GetRequiredValue(_name));
            file.Write(settings with { Current = entry.Name });
            context.WriteLine($"{entry.Name} is the current context: {entry.Controller}");
            return Task.FromResult(ExitCode.Success);
        });
    }
}
