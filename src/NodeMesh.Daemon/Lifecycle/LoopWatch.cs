using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Systemd;
using NodeMesh.Proxy;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>
/// Asks every event loop for a turn, again and again, and feeds systemd's watchdog only while all of them answer: a daemon whose loops hang
/// is restarted, one whose process merely exists is not taken for alive. One per daemon, on the thread pool.
/// </summary>
internal sealed partial class LoopWatch : IAsyncDisposable
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    private readonly MeshProxy _proxy;
    private readonly SystemdNotifier _systemd;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private volatile IReadOnlyList<int> _stuck = [];

    /// <param name="watchdog">The time within which systemd wants to hear; null when it does not.</param>
    public LoopWatch(MeshProxy proxy, SystemdNotifier systemd, TimeSpan? watchdog, TimeProvider time, ILogger<LoopWatch> log)
    {
        _proxy = proxy;
        _systemd = systemd;
        _interval = watchdog is { } limit && limit / 3 < DefaultInterval ? limit / 3 : DefaultInterval;
        _time = time;
        _log = log;
        _running = Task.Run(RunAsync);
    }

    /// <summary>The loops that did not answer when last asked.</summary>
    public IReadOnlyList<int> Stuck => _stuck;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_interval, _time);
        try
        {
            do
            {
                await CheckAsync();
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // The daemon ends.
        }
    }

    private async Task CheckAsync()
    {
        var stuck = await _proxy.FindStuckLoopsAsync(_interval);
        if (stuck.Count == 0)
        {
            _systemd.WatchdogPing();
            if (_stuck.Count > 0)
            {
                LogRecovered(_log);
            }
        }
        else if (_stuck.Count == 0)
        {
            var loops = string.Join(", ", stuck);
            LogStuck(_log, loops);
        }

        _stuck = stuck;
    }
}
