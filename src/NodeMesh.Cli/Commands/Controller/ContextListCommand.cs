using System.Text.Json.Nodes;
using NodeMesh.Cli.Controller;
using NodeMesh.Cli.Output;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>Lists the contexts.</summary>
internal sealed class ContextListCommand : CtlCommand
{
    public ContextListCommand(CliHost host, GlobalOptions options)
        : base("list", "Lists the contexts, and marks the current one.", "nodemeshctl context list") =>
        Runs(host, options, (context, _) => Task.FromResult(Run(context)));

    private static int Run(CommandContext context)
    {
        var settings = new ContextFile(context.Host).Read();
        if (context.IsStructured)
        {
            context.Write(new JsonObject
            {
                ["items"] = new JsonArray([.. settings.Contexts.AsEnumerable().Select(entry => JsonOf(entry, IsCurrent(settings, entry)))]),
            });
        }
        else if (settings.Contexts.Count == 0)
        {
            context.Host.Error.Write("There are no contexts here. hint: nodemeshctl context set NAME --controller ADDRESS\n");
        }
        else
        {
            var table = new Table("CURRENT", "NAME", "CONTROLLER", "IDENTITY", "BUNDLE");
            foreach (var entry in settings.Contexts.AsEnumerable())
            {
                table.Add(IsCurrent(settings, entry) ? "*" : null, entry.Name, entry.Controller.Text, entry.Identity, entry.Bundle);
            }

            context.Write(table);
        }

        return ExitCode.Success;
    }

    private static bool IsCurrent(ContextSettings settings, ContextEntry entry) => string.Equals(settings.Current, entry.Name, StringComparison.Ordinal);

    private static JsonObject JsonOf(ContextEntry entry, bool isCurrent) => new()
    {
        ["name"] = entry.Name,
        ["current"] = isCurrent,
        ["controller"] = entry.Controller.Text,
        ["identity"] = entry.Target.Identity,
        ["bundle"] = entry.Target.Bundle,
    };
}
