using System.Diagnostics;
using System.Net;

namespace NodeMesh.Cli.Checks;

/// <summary>The machine as the checks see it: its files, programs and resolver. Tests give another root, path and resolver.</summary>
internal sealed class Machine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>What stands before every path that is read.</summary>
    public string Root { get; init; } = "/";

    /// <summary>Where programs are looked for; administrators' directories too, which sudo and cron may leave out.</summary>
    public IReadOnlyList<string> ProgramDirectories { get; init; } =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

    public bool IsRoot { get; init; } = Environment.IsPrivilegedProcess;

    /// <summary>The addresses of a name, as programs of this machine would get them.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    public string PathOf(string path) => Path.Combine(Root, path.TrimStart('/'));

    /// <summary>The content of a file, or null when it is not there or not for this user.</summary>
    public string? Read(string path)
    {
        try
        {
            return File.ReadAllText(PathOf(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public string? FindProgram(string name) =>
        ProgramDirectories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end; null when there is none of this name.</summary>
    public async Task<ProgramRun?> RunAsync(string name, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        if (FindProgram(name) is not { } file)
        {
            return null;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return new ProgramRun(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            return new ProgramRun(-1, "", $"it did not end within {Patience.TotalSeconds:0} seconds");
        }
    }
}
