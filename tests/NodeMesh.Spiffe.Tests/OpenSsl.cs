using System.Diagnostics;

namespace NodeMesh.Spiffe.Tests;

/// <summary>The openssl command line, the independent reader and writer of what this project writes and reads.</summary>
internal static class OpenSsl
{
    /// <summary>Runs <c>openssl</c> and gives its exit code and everything it printed.</summary>
    internal static (int ExitCode, string Output) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    /// <summary>As <see cref="Run"/>, for a command that must succeed.</summary>
    internal static string RunOk(params string[] arguments)
    {
        var (exitCode, output) = Run(arguments);
        Assert.True(exitCode == 0, $"openssl {string.Join(' ', arguments)}: {output}");
        return output;
    }
}
