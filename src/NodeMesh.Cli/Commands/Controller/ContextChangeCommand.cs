using System.CommandLine;
using NodeMesh.Cli.Controller;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Does something with a context that there is: chooses it, or forgets it.</summary>
internal sealed class ContextChangeCommand : CtlCommand
{
    private readonly Argument<string> _name;

    /// <param name="change">The contexts afterwards.</param>
    /// <param name="done">What is said of the context then.</param>
    private ContextChangeCommand(
        CliHost host,
        GlobalOptions options,
        string name,
        string description,
        Func<ContextSettings, ContextEntry, ContextSettings> change,
        Func<ContextEntry, string> done)
        : base(name, description, $"nodemeshctl context {name} prod")
    {
        Add(_name = ContextName.Argument(host, "A context"));
        Runs(host, options, (context, _) =>
        {
            var file = new ContextFile(context.Host);
            var settings = file.Read();
            var entry = settings.Require(context.Parsed.GetRequiredValue(_name));
            file.Write(change(settings, entry));
            context.WriteLine(done(entry));
            return Task.FromResult(ExitCode.Success);
        });
    }

    public static ContextChangeCommand Use(CliHost host, GlobalOptions options) => new(
        host,
        options,
        "use",
        "Makes a context the current one: its controller is meant where none is named by --context or --controller.",
        (settings, entry) => settings with { Current = entry.Name },
        entry => $"{entry.Name} is the current context: {entry.Controller}");

    public static ContextChangeCommand Remove(CliHost host, GlobalOptions options) => new(
        host,
        options,
        "remove",
        "Forgets a context; when it is the current one, there is none afterwards. The files it names stay.",
        (settings, entry) => settings.Without(entry),
        entry => $"{entry.Name} is removed");
}
