using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Interception;

/// <summary>
/// Tells the redirection rules which inbound ports to capture, with <c>nodemesh-iptables ports set</c>: exactly those of this node's
/// workloads. One per daemon where it is configured; runs one command at a time on the thread pool, and again while it fails.
/// </summary>
internal sealed partial class InboundPortUpdater : IAsyncDisposable
{
    private const int MaxErrorLength = 2048;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(30);

    private readonly string _command;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private volatile IReadOnlyList<ushort>? _wanted;
    private volatile PortState _state = new([], null, null);

    public InboundPortUpdater(InterceptionOptions options, TimeProvider time, ILogger<InboundPortUpdater> log)
    {
        _command = options.Command;
        _time = time;
        _log = log;
        _running = Task.Run(RunAsync);
    }

    public PortState State => _state;

    /// <summary>Wants these ports captured from now on; returns at once.</summary>
    /// <param name="ports">Ascending.</param>
    public void Set(IReadOnlyList<ushort> ports)
    {
        _wanted = ports;
        Wake();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await WaitAsync();
                if (_wanted is { } wanted && (_state.Error is not null || _state.AppliedAt is null || !wanted.SequenceEqual(_state.Ports)))
                {
                    await ApplyAsync(wanted);
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task WaitAsync()
    {
        using var retry = new CancellationTokenSource(_state.Error is null ? Timeout.InfiniteTimeSpan : RetryInterval, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(retry.Token, _stopping.Token);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            // Time to try again.
        }
    }

    private async Task ApplyAsync(IReadOnlyList<ushort> ports)
    {
        var list = string.Join(',', ports.Select(port => port.ToString(CultureInfo.InvariantCulture)));
        var error = await RunCommandAsync(list);
        if (error is null)
        {
            _state = new PortState(ports, _time.GetUtcNow(), null);
            LogApplied(_log, list.Length == 0 ? "none" : list);
            return;
        }

        if (!string.Equals(error, _state.Error, StringComparison.Ordinal))
        {
            LogFailed(_log, list.Length == 0 ? "none" : list, error, RetryInterval);
        }

        _state = _state with { Error = error };
    }

    /// <summary>Null when it succeeded, else why not.</summary>
    private async Task<string?> RunCommandAsync(string ports)
    {
        using var deadline = new CancellationTokenSource(CommandTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stopping.Token);
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(_command, ["ports", "set", ports])
            {
                UseShellExecute = false,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            },
        };
        try
        {
            process.Start();
            var output = process.StandardOutput.ReadToEndAsync(either.Token);
            var errors = (await process.StandardError.ReadToEndAsync(either.Token)).Trim();
            await output;
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0 ? null : Describe(process.ExitCode, errors);
        }
        catch (Win32Exception e)
        {
            return $"{_command} cannot be run: {e.Message}";
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            _stopping.Token.ThrowIfCancellationRequested();
            return $"{_command} did not end within {CommandTimeout.TotalSeconds} seconds";
        }
    }

    private string Describe(int exitCode, string errors)
    {
        var text = errors.Length > MaxErrorLength ? errors[..MaxErrorLength] : errors;
        return text.Length > 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{_command} ended with code {exitCode}");
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Awake already; it takes the latest list.
        }
    }
}
