using Microsoft.Extensions.Logging;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Health;

/// <summary>
/// Runs the active health checks of this node's workloads and writes what they find into the endpoints' states. One asynchronous loop for
/// each target on the thread pool. Made once at start; <see cref="Apply"/> follows every snapshot, and a check that did not change goes on
/// where it was.
/// </summary>
public sealed partial class HealthChecker : IAsyncDisposable
{
    // Checks of many targets with one interval must not all fire at once.
    private const double Jitter = 0.1;

    private readonly Lock _lock = new();
    private readonly Dictionary<HealthCheckKey, RunningCheck> _running = [];
    private readonly HealthProbe _probe;
    private readonly OutlierDetector _outliers;
    private readonly MeshMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger<HealthChecker> _logger;

    /// <param name="probe">Tries a target once.</param>
    /// <param name="outliers">Told of successes, which end an ejection.</param>
    /// <param name="metrics">Where results are counted.</param>
    /// <param name="time">Drives intervals and timeouts.</param>
    /// <param name="random">Jitters the intervals; must be safe on several threads, as <see cref="Random.Shared"/> is.</param>
    /// <param name="logger">Told of every change of health.</param>
    public HealthChecker(
        HealthProbe probe, OutlierDetector outliers, MeshMetrics metrics, TimeProvider time, Random random, ILogger<HealthChecker> logger)
    {
        _probe = probe;
        _outliers = outliers;
        _metrics = metrics;
        _time = time;
        _random = random;
        _logger = logger;
    }

    /// <summary>Starts the checks that are new, stops those that are gone, and points the others at the states they now decide.</summary>
    public void Apply(IReadOnlyList<HealthTarget> targets)
    {
        lock (_lock)
        {
            var wanted = targets.ToDictionary(HealthCheckKey.Of);
            foreach (var (key, check) in _running.Where(pair => !wanted.ContainsKey(pair.Key)).ToList())
            {
                _running.Remove(key);
                Stop(check);
            }

            foreach (var (key, target) in wanted)
            {
                if (_running.TryGetValue(key, out var running))
                {
                    running.Target = target;
                    SetHealth(target, running.State.IsHealthy);
                }
                else
                {
                    _running.Add(key, Start(target));
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        RunningCheck[] running;
        lock (_lock)
        {
            running = [.. _running.Values];
            _running.Clear();
        }

        foreach (var check in running)
        {
            await check.Stop.CancelAsync();
        }

        await Task.WhenAll(running.Select(check => check.Task));
    }

    private static void SetHealth(HealthTarget target, bool healthy)
    {
        foreach (var state in target.States)
        {
            state.SetCheck(healthy);
        }
    }

    private RunningCheck Start(HealthTarget target)
    {
        var check = new RunningCheck(target);
        check.Task = Task.Run(() => RunAsync(check));
        return check;
    }

    private static void Stop(RunningCheck check)
    {
        check.Stop.Cancel();

        // Nobody checks these any more: what is not known to be bad counts as good.
        SetHealth(check.Target, healthy: true);
    }

    private async Task RunAsync(RunningCheck check)
    {
        var stop = check.Stop.Token;
        try
        {
            await Task.Delay(check.Target.Check.Interval * _random.NextDouble(), _time, stop);
            while (true)
            {
                Record(check, await ProbeOnceAsync(check.Target, stop));
                var jitter = 1 + (Jitter * ((2 * _random.NextDouble()) - 1));
                await Task.Delay(check.Target.Check.Interval * jitter, _time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The target is gone, or the daemon stops.
        }
    }

    private async Task<ProbeResult> ProbeOnceAsync(HealthTarget target, CancellationToken stop)
    {
        using var timeout = new CancellationTokenSource(target.Check.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        try
        {
            return await _probe(target.Address, either.Token) ? ProbeResult.Success : ProbeResult.Failure;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return ProbeResult.Timeout;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A check that cannot run must not pass for one that succeeds, nor end without a word.
            LogProbeError(target.Workload, target.Address, e);
            return ProbeResult.Failure;
        }
    }

    private void Record(RunningCheck check, ProbeResult result)
    {
        lock (_lock)
        {
            if (check.Stop.IsCancellationRequested)
            {
                return;
            }

            var target = check.Target;
            var success = result == ProbeResult.Success;
            _metrics.HealthProbeResults.Increment(_metrics.Registry.Shared, _metrics.HealthProbes.Resolve(target.Workload, Name(result)));
            if (check.State.Record(success, target.Check))
            {
                SetHealth(target, success);
                LogChange(target, result);
            }

            if (success && check.State.IsHealthy)
            {
                foreach (var state in target.States)
                {
                    _outliers.Recover(state);
                }
            }
        }
    }

    private void LogChange(HealthTarget target, ProbeResult result)
    {
        if (result == ProbeResult.Success)
        {
            LogHealthy(target.Workload, target.Address);
        }
        else
        {
            LogUnhealthy(target.Workload, target.Address, Name(result), target.Check.UnhealthyThreshold);
        }
    }

    private static string Name(ProbeResult result) => result switch
    {
        ProbeResult.Success => "success",
        ProbeResult.Failure => "failure",
        _ => "timeout",
    };

    private sealed class RunningCheck(HealthTarget target)
    {
        public HealthCheckState State { get; } = new();

        public CancellationTokenSource Stop { get; } = new();

        public HealthTarget Target { get; set; } = target;

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
