using System.CommandLine;
using NodeMesh.Cli.Completion;

namespace NodeMesh.Cli.Commands;

/// <summary>Prints the script that teaches a shell to complete this program's command lines.</summary>
internal sealed class CompletionCommand : CtlCommand
{
    private readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish", HelpName = "SHELL" };

    public CompletionCommand(CliHost host, GlobalOptions options)
        : base(
            "completion",
            "Prints a script that lets a shell complete commands, options, and the names of services and workloads.",
            "source <(nodemeshctl completion bash)                     # this shell",
            "nodemeshctl completion bash > /usr/share/bash-completion/completions/nodemeshctl",
            "nodemeshctl completion zsh > /usr/share/zsh/vendor-completions/_nodemeshctl",
            "nodemeshctl completion fish > /usr/share/fish/vendor_completions.d/nodemeshctl.fish")
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Add(_shell);
        Runs(host, options, (context, _) =>
        {
            context.Write(ShellScript.For(context.Parsed.GetRequiredValue(_shell)));
            return Task.FromResult(ExitCode.Success);
        });
    }
}
