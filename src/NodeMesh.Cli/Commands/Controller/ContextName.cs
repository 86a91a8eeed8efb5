using System.CommandLine;
using NodeMesh.Cli.Controller;
using NodeMesh.Resources.Schema;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>The name of a context on a command line. Stateless.</summary>
internal static class ContextName
{
    /// <param name="host">Whose contexts are completed.</param>
    /// <param name="description">Which are meant.</param>
    public static Argument<string> Argument(CliHost host, string description)
    {
        var argument = new Argument<string>("NAME") { Description = description };
        argument.Validators.Add(result =>
        {
            if (!Scalars.DnsName.TryParse(result.Tokens[0].Value, out _))
            {
                result.AddError($"\"{result.Tokens[0].Value}\" is no name of a context: {Scalars.DnsName.Expected}");
            }
        });
        argument.CompletionSources.Add(_ =>
        {
            try
            {
                return new ContextFile(host).Read().Contexts.AsEnumerable().Select(entry => entry.Name);
            }
            catch (CliException)
            {
                // Without a readable file there is nothing to choose from; the command itself will say why.
                return [];
            }
        });
        return argument;
    }

    /// <exception cref="CliException">There is none.</exception>
    public static ContextEntry Find(ContextSettings settings, string name) => settings.Find(name) ?? throw new CliException(
        $"there is no context {name}",
        settings.Contexts.Count == 0
            ? "nodemeshctl context set NAME --controller ADDRESS makes one"
            : $"there are {string.Join(", ", settings.Contexts.AsEnumerable().Select(entry => entry.Name))}");
}
