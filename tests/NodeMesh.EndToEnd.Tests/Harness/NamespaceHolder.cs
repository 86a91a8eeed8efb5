using System.Diagnostics;

namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>
/// A process whose namespaces are a machine (or the switch), running one of the scripts beside this file. It lives as long as
/// its standard input is open, so it goes when the test run goes, however that ends; and as process 1 of its process
/// namespace it takes all the machine's processes with it.
/// </summary>
internal sealed class NamespaceHolder : IAsyncDisposable
{
    private readonly Process _unshare;
    private bool _disposed;

    private NamespaceHolder(Process unshare) => _unshare = unshare;

    /// <summary>A process inside all the namespaces but the process namespace, for /proc/ID/...</summary>
    public int Id => _unshare.Id;

    /// <summary>Arguments for nsenter that lead into all of the namespaces.</summary>
    public IEnumerable<string> EnterArguments =>
    [
        $"--net=/proc/{Id}/ns/net", $"--mount=/proc/{Id}/ns/mnt", $"--uts=/proc/{Id}/ns/uts", $"--ipc=/proc/{Id}/ns/ipc",
        $"--pid=/proc/{Id}/ns/pid_for_children",
    ];

    public static async Task<NamespaceHolder> StartAsync(string script, params IEnumerable<string> arguments)
    {
        // A group of its own: Ctrl-C on the test run reaches the holders through their standard input alone.
        var start = new ProcessStartInfo("setsid")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] command =
        [
            "unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
            "bash", "-c", await ReadScriptAsync(script), script, .. arguments,
        ];
        foreach (var argument in command)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["PATH"] = Machine.SystemPath;
        var process = Process.Start(start) ?? throw new InvalidOperationException("Could not start unshare.");
        var output = new OutputCollector(process.StandardOutput);
        var error = new OutputCollector(process.StandardError);
        using var cancel = new CancellationTokenSource(Until.DefaultTimeout);
        if (await output.FindLineAsync(line => line is "ready", 0, cancel.Token) is null)
        {
            await process.WaitForExitAsync(cancel.Token);
            await error.Completion;
            throw new InvalidOperationException(
                $"A test machine could not be made (namespaces, overlayfs and iproute2 are needed). {script} said:\n{error.Text}");
        }

        return new NamespaceHolder(process);
    }

    /// <summary>May be called twice: a test lets a machine die before its network does.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _unshare.StandardInput.Close();
        try
        {
            await _unshare.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(15));
        }
        catch (TimeoutException)
        {
            Signals.Send(_unshare.Id, Signals.Kill); // unshare --kill-child takes process 1 along
            await _unshare.WaitForExitAsync();
        }

        _unshare.Dispose();
    }

    private static async Task<string> ReadScriptAsync(string name)
    {
        var resource = $"{typeof(NamespaceHolder).Namespace}.{name}";
        await using var stream = typeof(NamespaceHolder).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"No embedded script {resource}.");
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
