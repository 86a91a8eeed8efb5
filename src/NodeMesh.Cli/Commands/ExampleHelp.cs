using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace NodeMesh.Cli.Commands;

/// <summary>The library's help, followed by the command's examples.</summary>
internal sealed class ExampleHelp(HelpAction inner, IReadOnlyList<string> rootExamples) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command as CtlCommand;
        if (command is not null)
        {
            // The list of commands shows the first sentence, the command's own help all of it.
            command.Description = command.FullDescription;
        }

        var exit = inner.Invoke(parseResult);
        var examples = command?.Examples ?? rootExamples;
        if (examples.Count > 0)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.Write("Examples:\n");
            foreach (var example in examples)
            {
                output.Write($"  {example}\n");
            }

            output.Write('\n');
        }

        return exit;
    }
}
