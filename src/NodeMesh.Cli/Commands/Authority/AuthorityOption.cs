using System.CommandLine;
using NodeMesh.Spiffe.Authority;

namespace NodeMesh.Cli.Commands.Authority;

/// <summary>The option that says which authority, and opening it. Stateless.</summary>
internal static class AuthorityOption
{
    public static Option<string> Make() => new("--ca") { Description = "The directory of the authority", HelpName = "DIR", Required = true };

    /// <summary>For what a controller's authority can be asked as well, which is meant without it.</summary>
    public static Option<string?> MakeOptional() => new("--ca") { Description = "The directory of the authority [the controller's authority]", HelpName = "DIR" };

    /// <exception cref="CliException">The authority cannot be used.</exception>
    public static AuthorityDirectory Open(string path, TimeProvider time) => Guard(path, () => AuthorityDirectory.Open(path, options: null, time));

    /// <summary>Runs a step of the authority.</summary>
    /// <exception cref="CliException">It could not be done.</exception>
    public static T Guard<T>(string path, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception e) when (e is AuthorityException or IOException or UnauthorizedAccessException)
        {
            throw new CliException(e.Message.Contains(path, StringComparison.Ordinal) ? e.Message : $"{path}: {e.Message}");
        }
    }
}
