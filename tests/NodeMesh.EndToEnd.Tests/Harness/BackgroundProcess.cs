using System.Diagnostics;
using System.Globalization;

namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>
/// A process on a machine that runs beside the test: a daemon, a server, a client that is talked to line by line.
/// It leads a process group of its own and ends, at the latest, with its machine.
/// </summary>
internal sealed class BackgroundProcess : IAsyncDisposable
{
    private readonly Machine _machine;
    private readonly Process _nsenter;
    private readonly OutputCollector _output;
    private readonly OutputCollector _error;
    private int _nextLine;

    public BackgroundProcess(Machine machine, ProcessStartInfo start, string command)
    {
        _machine = machine;
        Command = command;
        _nsenter = Process.Start(start) ?? throw new InvalidOperationException($"Could not start: {command}");
        _output = new OutputCollector(_nsenter.StandardOutput);
        _error = new OutputCollector(_nsenter.StandardError);
    }

    public string Command { get; }

    /// <summary>What it has written so far.</summary>
    public string Output => _output.Text;

    public string Error => _error.Text;

    public bool HasExited => _nsenter.HasExited;

    public int ExitCode => _nsenter.ExitCode;

    /// <summary>The process id as the test run sees it; inside its machine it has another.</summary>
    public async Task<int> GetProcessIdAsync()
    {
        // nsenter stays behind as the parent, because only a child is born into the machine's process namespace.
        var children = $"/proc/{_nsenter.Id}/task/{_nsenter.Id}/children";
        var pid = 0;
        await Until.TrueAsync(
            () => _nsenter.HasExited || int.TryParse(ReadIfThere(children).Split(' ')[0], CultureInfo.InvariantCulture, out pid),
            $"the process of: {Command}");
        return pid != 0 ? pid : throw Ended("to have a process id");
    }

    /// <summary>Waits for a line of standard output (and of standard error) that holds the text; returns it.</summary>
    public Task<string> WaitForLineAsync(string text, TimeSpan? timeout = null) =>
        WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal), $"a line with '{text}'", timeout);

    public async Task<string> WaitForLineAsync(Func<string, bool> condition, string what, TimeSpan? timeout = null)
    {
        using var cancel = new CancellationTokenSource(timeout ?? Until.DefaultTimeout);
        try
        {
            var searches = new List<Task<(string Line, int Next)?>>
            {
                _output.FindLineAsync(condition, 0, cancel.Token), _error.FindLineAsync(condition, 0, cancel.Token),
            };
            while (searches.Count > 0)
            {
                var first = await Task.WhenAny(searches);
                if (await first is { } found)
                {
                    return found.Line;
                }

                searches.Remove(first);
            }
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"Waited in vain for {what}.\n{this}", e);
        }

        throw Ended(what);
    }

    /// <summary>The next line of standard output: for peers that are talked to line by line.</summary>
    public async Task<string> ReadLineAsync(TimeSpan? timeout = null)
    {
        using var cancel = new CancellationTokenSource(timeout ?? Until.DefaultTimeout);
        try
        {
            if (await _output.FindLineAsync(_ => true, _nextLine, cancel.Token) is { } found)
            {
                _nextLine = found.Next;
                return found.Line;
            }
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"Waited in vain for a line.\n{this}", e);
        }

        throw Ended("to write another line");
    }

    public async Task WriteLineAsync(string line)
    {
        await _nsenter.StandardInput.WriteLineAsync(line);
        await _nsenter.StandardInput.FlushAsync();
    }

    public void CloseInput() => _nsenter.StandardInput.Close();

    /// <summary>Waits until something on the machine listens on the TCP port; fails at once when this process ends instead.</summary>
    public Task WaitForListenerAsync(int port, TimeSpan? timeout = null) =>
        Until.TrueAsync(
            () => _machine.IsListening(port) || (_nsenter.HasExited ? throw Ended($"to listen on port {port}") : false),
            $"a listener on port {port} of {_machine.Name}\n{this}",
            timeout);

    public async Task<CommandResult> WaitForExitAsync(TimeSpan? timeout = null)
    {
        try
        {
            await _nsenter.WaitForExitAsync().WaitAsync(timeout ?? Until.DefaultTimeout);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Waited in vain for the end of a process.\n{this}", e);
        }

        // A process that went to the background may hold the pipes for ever.
        await Task.WhenAny(Task.WhenAll(_output.Completion, _error.Completion), Task.Delay(TimeSpan.FromSeconds(5)));
        return new CommandResult(Command, _nsenter.ExitCode, Output, Error);
    }

    /// <summary>Sends a signal to the process, not to its children; see <see cref="Signals"/>.</summary>
    public async Task SignalAsync(int signal) => Signals.Send(await GetProcessIdAsync(), signal);

    /// <summary>SIGTERM, and its end; SIGKILL for the whole group when that takes too long, which is an error.</summary>
    public async Task<CommandResult> StopAsync(TimeSpan? grace = null)
    {
        if (!_nsenter.HasExited)
        {
            await SignalAsync(Signals.Terminate);
        }

        try
        {
            return await WaitForExitAsync(grace);
        }
        catch (TimeoutException)
        {
            await KillAsync();
            throw;
        }
    }

    /// <summary>SIGKILL for the process and all of its group, and their end.</summary>
    public async Task KillAsync()
    {
        if (_nsenter.HasExited)
        {
            return;
        }

        try
        {
            var pid = await GetProcessIdAsync();
            // Until setsid has run it has no group of its own.
            _ = Signals.Send(-pid, Signals.Kill) || Signals.Send(pid, Signals.Kill);
        }
        catch (InvalidOperationException) when (_nsenter.HasExited)
        {
            return;
        }

        await _nsenter.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _nsenter.Dispose();
    }

    public override string ToString() =>
        $"{_machine.Name}: {Command}\n{(_nsenter.HasExited ? $"exit code {_nsenter.ExitCode}" : "running")}\n--- output\n{Output}\n--- error\n{Error}";

    private InvalidOperationException Ended(string instead) => new($"Expected {instead}, but the process ended.\n{this}");

    private static string ReadIfThere(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
