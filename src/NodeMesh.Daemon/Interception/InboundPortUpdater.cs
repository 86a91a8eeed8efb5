using System.Globalization;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Interception;

/// <summary>
/// Keeps the inbound ports that the redirection rules capture exactly those of this node's workloads. What counts is the kernel, not what was
/// set once: rules go and come again without the daemon (<c>down</c> and <c>up</c>, a firewall's reload), so it looks at every change, at a
/// reload and twice a minute. One per daemon where it is configured; runs one command at a time on the thread pool.
/// </summary>
internal sealed partial class InboundPortUpdater : IAsyncDisposable
{
    /// <summary>So many failures before the first success, a quarter of a minute of them, are no error yet.</summary>
    private const int FailuresAtStart = 4;

    /// <summary>A port that nobody captures is answered in plaintext so long at most; a look is a shell script, which costs up to 0.2 s of CPU.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(30);

    /// <summary>The first repetition of what failed comes sooner: at boot the rules are installed after the daemon is ready.</summary>
    private static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(1);

    private readonly PortCommand _command;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private volatile IReadOnlyList<ushort>? _wanted;
    private volatile PortState _state = new([], null, null);
    private int _failures;
    private string? _told;

    /// <param name="interval">How often the kernel is looked at.</param>
    public InboundPortUpdater(InterceptionOptions options, TimeSpan interval, TimeProvider time, ILogger<InboundPortUpdater> log)
    {
        _command = new PortCommand(options.Command, time);
        _interval = interval;
        _time = time;
        _log = log;
        _running = Task.Run(RunAsync);
    }

    public PortState State => _state;

    /// <summary>True when the kernel, as last seen, captures what is wanted.</summary>
    public bool IsCurrent => _wanted is not { } wanted || (_state is { Error: null, AppliedAt: not null } state && wanted.SequenceEqual(state.Ports));

    /// <summary>Wants these ports captured from now on; returns at once.</summary>
    /// <param name="ports">Ascending.</param>
    public void Set(IReadOnlyList<ushort> ports)
    {
        _wanted = ports;
        Look();
    }

    /// <summary>Looks at the kernel now; returns at once.</summary>
    public void Look()
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
                if (_wanted is { } wanted)
                {
                    await ReconcileAsync(wanted);
                    _failures = 0;
                    _told = null;
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (PortCommandException e)
            {
                Fail(e.Message);
            }
            catch (Exception e)
            {
                LogFault(_log, e);
                Fail(e.Message);
            }
        }
    }

    private async Task WaitAsync()
    {
        using var next = new CancellationTokenSource(Rest(), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(next.Token, _stopping.Token);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            // Time to look again.
        }
    }

    /// <summary>Doubles with each failure, up to the interval.</summary>
    private TimeSpan Rest()
    {
        var rest = ShortestRest * (1 << Math.Clamp(_failures - 1, 0, 10));
        return _failures == 0 || rest > _interval ? _interval : rest;
    }

    private async Task ReconcileAsync(IReadOnlyList<ushort> wanted)
    {
        var hadChanged = await _command.SetAsync(List(wanted), _stopping.Token);
        var before = _state;
        var isNew = before.AppliedAt is null || before.Error is not null || !wanted.SequenceEqual(before.Ports);
        _state = new PortState(wanted, isNew || hadChanged ? _time.GetUtcNow() : before.AppliedAt, null);
        var ports = Shown(wanted);
        if (isNew)
        {
            LogApplied(_log, ports);
        }
        else if (hadChanged)
        {
            LogRepaired(_log, ports);
        }
    }

    private void Fail(string reason)
    {
        _failures++;
        if (_state.AppliedAt is null && _failures <= FailuresAtStart)
        {
            if (_failures == 1)
            {
                LogWaiting(_log, reason);
            }
        }
        else if (!string.Equals(reason, _told, StringComparison.Ordinal))
        {
            _told = reason;
            var ports = Shown(_wanted ?? []);
            LogFailed(_log, ports, reason);
        }

        _state = _state with { Error = reason };
    }

    private static string Shown(IReadOnlyList<ushort> ports) => ports.Count == 0 ? "none" : List(ports);

    private static string List(IReadOnlyList<ushort> ports) =>
        string.Join(',', ports.Select(port => port.ToString(CultureInfo.InvariantCulture)));
}
