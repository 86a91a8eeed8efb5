using System.CommandLine;
using NodeMesh.Cli.Controller;

namespace NodeMesh.Cli.Commands;

/// <summary>The options that say which controller is meant, and how to prove oneself to it.</summary>
internal sealed class ControllerOptions
{
    public Option<ControllerAddress?> Address { get; } = new("--controller")
    {
        Description = $"The controller, unix:/PATH or https://HOST:PORT [the current context, else {ControllerAddress.Default}]",
        HelpName = "ADDRESS",
        Recursive = true,
        CustomParser = result =>
        {
            if (ControllerAddress.TryParse(result.Tokens[0].Value, out var address))
            {
                return address;
            }

            result.AddError($"--controller {result.Tokens[0].Value} is no address of a controller; give {ControllerAddress.Expected}");
            return null;
        },
    };

    public Option<string?> Identity { get; } = new("--identity")
    {
        Description = "Your certificate and key for the controller, without .crt and .key [the context's]",
        HelpName = "FILE",
        Recursive = true,
    };

    public Option<string?> Bundle { get; } = new("--bundle")
    {
        Description = "The trust bundle that the controller is to prove itself by [the context's]",
        HelpName = "FILE",
        Recursive = true,
    };

    public bool IsNamed(ParseResult result) => result.GetValue(Address) is not null;

    /// <exception cref="CliException">The contexts cannot be read.</exception>
    public ControllerTarget TargetOf(ParseResult result, CliHost host)
    {
        // With an address of its own the command line has nothing of the context's: certificates of one mesh are nothing to another.
        var known = IsNamed(result) ? null : new ContextFile(host).Current()?.Target;
        return new ControllerTarget(
            result.GetValue(Address) ?? known?.Address ?? ControllerAddress.Default, result.GetValue(Identity) ?? known?.Identity, result.GetValue(Bundle) ?? known?.Bundle);
    }
}
