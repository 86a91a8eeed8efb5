using System.CommandLine;

namespace NodeMesh.Cli.Commands;

/// <summary>A command of the program: its name, its help with examples, and what it does. Built at every start, so building is cheap.</summary>
internal abstract class CtlCommand : Command
{
    /// <param name="name">As it is typed.</param>
    /// <param name="description">A first sentence that stands in lists of commands, and whatever else the command's own help is to say.</param>
    /// <param name="examples">Command lines, each with a comment of what it does.</param>
    protected CtlCommand(string name, string description, params string[] examples)
        : base(name, FirstSentence(description))
    {
        FullDescription = description;
        Examples = examples;
    }

    public string FullDescription { get; }

    public IReadOnlyList<string> Examples { get; }

    /// <summary>The exit code when it could not be done; another only where the usual one means something else to those who call this command.</summary>
    public virtual int FailureExitCode => ExitCode.Failure;

    /// <summary>Says what the command does. <paramref name="run"/> gives the exit code.</summary>
    protected void Runs(CliHost host, GlobalOptions options, Func<CommandContext, CancellationToken, Task<int>> run) =>
        SetAction(async (parsed, cancellationToken) =>
        {
            using var context = new CommandContext(host, options, parsed);
            return await run(context, cancellationToken);
        });

    private static string FirstSentence(string description) =>
        description.IndexOf(". ", StringComparison.Ordinal) is > 0 and var end ? description[..(end + 1)] : description;
}
