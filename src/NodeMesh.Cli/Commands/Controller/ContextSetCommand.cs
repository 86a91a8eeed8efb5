using System.CommandLine;
using NodeMesh.Cli.Controller;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Makes a context, or changes one.</summary>
internal sealed class ContextSetCommand : CtlCommand
{
    private readonly Argument<string> _name;
    private readonly ControllerOptions _controller;

    public ContextSetCommand(CliHost host, GlobalOptions options)
        : base(
            "set",
            "Makes a context, or changes what is given of one. The first becomes the current one.",
            "nodemeshctl context set local --controller unix:/run/nodemesh-controller/api.sock",
            "nodemeshctl context set prod --controller https://mesh.example.org:15010 --identity ~/.config/nodemesh/alice --bundle ~/.config/nodemesh/example.org.json",
            "nodemeshctl context set prod --identity ~/.config/nodemesh/bob")
    {
        _controller = options.Controller;
        Add(_name = ContextName.Argument(host, "How it is to be called"));
        Runs(host, options, (context, _) => Task.FromResult(Run(context)));
    }

    private int Run(CommandContext context)
    {
        var (parsed, name) = (context.Parsed, context.Parsed.GetRequiredValue(_name));
        var file = new ContextFile(context.Host);
        var settings = file.Read();
        var old = settings.Find(name);
        var entry = new ContextEntry
        {
            Name = name,
            Controller = parsed.GetValue(_controller.Address) ?? old?.Controller
                ?? throw new CliException($"there is no context {name} yet, and where its controller is was not said", "give --controller ADDRESS"),
            Identity = PathOf(parsed.GetValue(_controller.Identity)) ?? old?.Identity ?? "",
            Bundle = PathOf(parsed.GetValue(_controller.Bundle)) ?? old?.Bundle ?? "",
        };
        var changed = settings.With(entry);
        file.Write(settings.Contexts.Count == 0 ? changed with { Current = name } : changed);
        context.WriteLine($"{name} is {(old is null ? "made" : "changed")}: {entry.Controller}");
        return ExitCode.Success;
    }

    /// <summary>Whole, since the context is used from other directories; an empty one takes away what was set.</summary>
    private static string? PathOf(string? given) => string.IsNullOrEmpty(given) ? given : Path.GetFullPath(given);
}
