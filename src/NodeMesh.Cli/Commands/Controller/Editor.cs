using System.ComponentModel;
using System.Diagnostics;

namespace NodeMesh.Cli.Commands.Controller;

/// <summary>The operator's editor: <c>VISUAL</c>, else <c>EDITOR</c>, else vi, with arguments as in a shell. Stateless.</summary>
internal static class Editor
{
    private const string Fallback = "vi";

    /// <summary>Lets the operator edit a file at this terminal, until the editor ends.</summary>
    /// <exception cref="CliException">There is none, or it failed.</exception>
    public static async Task RunAsync(CliHost host, string path, CancellationToken cancellationToken)
    {
        var command = host.Environment("VISUAL") is { Length: > 0 } visual ? visual
            : host.Environment("EDITOR") is { Length: > 0 } editor ? editor
            : Fallback;
        try
        {
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command + " \"$1\"", "sh", path]) { UseShellExecute = false })!;
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new CliException($"the editor \"{command}\" failed with exit code {process.ExitCode}; nothing was changed", "set EDITOR to the editor of your choice");
            }
        }
        catch (Win32Exception e)
        {
            throw new CliException($"no editor can be started: {e.Message}");
        }
    }
}
