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
        argument.CompletionSources.Add(_ => Known(host));
        return argument;
    }

    /// <summary>What can be chosen from; nothing without a readable file: the command itself will say why.</summary>
    public static IEnumerable<string> Known(CliHost host)
    {
        try
        {
            return new ContextFile(host).Read().Contexts.AsEnumerable().Select(entry => entry.Name);
        }
        catch (CliException)
        {
            return [];
        }
    }
}
