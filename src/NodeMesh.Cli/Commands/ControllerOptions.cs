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

    public Option<string?> Context { get; } = new("--context")
    {
        Description = "The context whose controller is meant, instead of the current one",
        HelpName = "NAME",
        Recursive = true,
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

    /// <summary>Whether the command line says which.</summary>
    /// <exception cref="CliException">It does so twice.</exception>
    public bool IsNamed(ParseResult result) => (result.GetValue(Address), result.GetValue(Context)) switch
    {
        (not null, not null) => throw new CliException("--context and --controller both name a controller", "give one of the two"),
        var (address, context) => address is not null || context is not null,
    };

    /// <exception cref="CliException">The contexts cannot be read, or there is none of the given name.</exception>
    public ControllerTarget TargetOf(ParseResult result, CliHost host)
    {
        // With an address of its own the command line has nothing of a context's: certificates of one mesh are nothing to another.
        var isNamed = IsNamed(result);
        var known = result.GetValue(Context) is { } name ? new ContextFile(host).Read().Require(name).Target
            : isNamed ? null : new ContextFile(host).Current()?.Target;
        return new ControllerTarget(
            result.GetValue(Address) ?? known?.Address ?? ControllerAddress.Default, result.GetValue(Identity) ?? known?.Identity, result.GetValue(Bundle) ?? known?.Bundle);
    }
}
