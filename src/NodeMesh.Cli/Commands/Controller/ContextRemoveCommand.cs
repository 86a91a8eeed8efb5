using System.CommandLine;
using NodeMesh.Cli.Controller;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Forgets a context.</summary>
internal sealed class ContextRemoveCommand : CtlCommand
{
    private readonly Argument<string> _name;

    public ContextRemoveCommand(CliHost host, GlobalOptions options)
        : base("remove", "Forgets a context; when it is the current one, there is none afterwards. The files it names stay.", "nodemeshctl context remove test")
    {
        Add(_name = ContextName.Argument(host, "A context"));
        Runs(host, options, (context, _) =>
        {
            var file = new ContextFile(context.Host);
            var settings = file.Read();
            var entry = ContextName.Find(settings, context.Parsed.GetRequiredValue(_name));
            file.Write(settings.Without(entry));
            context.WriteLine($"{entry.Name} is removed");
            return Task.FromResult(ExitCode.Success);
        });
    }
}
