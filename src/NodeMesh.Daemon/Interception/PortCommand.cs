using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace NodeMesh.Daemon.Interception;

/// <summary>Runs <c>nodemesh-iptables ports</c>, which alone knows the rules. One per updater, one run at a time on the thread pool.</summary>
internal sealed class PortCommand(string program, TimeProvider time)
{
    private const int MaxErrorLength = 2048;

    /// <summary>What the program says behind the ports where the kernel had them already.</summary>
    private const string AsBefore = ", as before";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Makes the kernel capture exactly these. True when it did not before.</summary>
    /// <param name="ports">A comma list.</param>
    /// <exception cref="PortCommandException">They cannot be set.</exception>
    public async Task<bool> SetAsync(string ports, CancellationToken cancellation)
    {
        var said = await RunAsync(["ports", "set", ports], cancellation);
        return !said.TrimEnd().EndsWith(AsBefore, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(string[] arguments, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new PortCommandException($"{program} cannot be run: {e.Message}");
        }

        try
        {
            var output = process.StandardOutput.ReadToEndAsync(either.Token);
            var errors = (await process.StandardError.ReadToEndAsync(either.Token)).Trim();
            var text = await output;
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0 ? text : throw new PortCommandException(Describe(process.ExitCode, errors));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            throw new PortCommandException($"{program} did not end within {Deadline.TotalSeconds} seconds");
        }
    }

    private string Describe(int exitCode, string errors)
    {
        var text = errors.Length > MaxErrorLength ? errors[..MaxErrorLength] : errors;
        return text.Length > 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{program} ended with code {exitCode}");
    }
}
