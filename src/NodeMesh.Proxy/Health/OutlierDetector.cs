using Microsoft.Extensions.Logging;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Health;

/// <summary>
/// Passive health: an endpoint to which several connects in a row fail is left out of balancing for a while, longer each time. The loops
/// report results without a lock; the rare ejection is decided on the thread pool. After its time an endpoint is back on probation: the
/// next failure ejects it again, the next success clears it. Made once at start.
/// </summary>
public sealed partial class OutlierDetector : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<EndpointState, Ejection> _ejections = [];
    private readonly OutlierOptions _options;
    private readonly MeshMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<OutlierDetector> _logger;
    private readonly ITimer _timer;

    public OutlierDetector(OutlierOptions options, MeshMetrics metrics, TimeProvider time, ILogger<OutlierDetector> logger)
    {
        _options = options;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _timer = time.CreateTimer(_ => ReturnExpired(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// An endpoint could not be had. It counts when it could not be reached, or proved not to be who it should; to be refused, by policy, for want of
    /// room here or there, or by a daemon that drains or has no configuration yet, is not that. From any thread.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="service">For which it was dialled; bounds how many of its endpoints may be out.</param>
    /// <param name="reason">Why it could not be had.</param>
    public void ConnectFailed(Endpoint endpoint, MeshServicePort service, RefusalCode reason)
    {
        if (IsUnreachable(reason) && endpoint.State.CountFailure() == _options.ConsecutiveFailures)
        {
            ThreadPool.UnsafeQueueUserWorkItem(work => work.Detector.Eject(work.Endpoint, work.Service), (Detector: this, Endpoint: endpoint, Service: service), false);
        }
    }

    /// <summary>A connect to the endpoint succeeded. From any thread.</summary>
    public void ConnectSucceeded(Endpoint endpoint) => Recover(endpoint.State);

    public void Dispose() => _timer.Dispose();

    private static bool IsUnreachable(RefusalCode reason) => reason
        is RefusalCode.ConnectFailed or RefusalCode.Timeout or RefusalCode.UpstreamClosed
        or RefusalCode.TlsHandshake or RefusalCode.TlsUntrusted or RefusalCode.TlsPeerIdentity;

    /// <summary>The endpoint was seen to work: its failures are forgotten, and an ejection ends.</summary>
    internal void Recover(EndpointState state)
    {
        state.SetFailures(0);
        if (state.IsEjected)
        {
            ThreadPool.UnsafeQueueUserWorkItem(work => work.Detector.Return(work.State), (Detector: this, State: state), false);
        }
    }

    internal void Eject(Endpoint endpoint, MeshServicePort service)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var state = endpoint.State;
            if (state.IsEjected)
            {
                return;
            }

            if (!MayEject(service))
            {
                state.SetFailures(0);
                return;
            }

            var times = 1 + (_ejections.TryGetValue(state, out var last) ? last.TimesAt(now, _options.BaseEjectionTime) : 0);
            var duration = TimeSpan.FromTicks(Math.Min(_options.BaseEjectionTime.Ticks * times, _options.MaxEjectionTime.Ticks));
            _ejections[state] = new Ejection(times, now + duration, IsOut: true);
            SetTimer(now);
            state.SetEjected(true);
            _metrics.EndpointEjections.Increment(_metrics.Registry.Shared, _metrics.Ejections.Resolve(service.Service.FullName));
            LogEjected(endpoint, service, _options.ConsecutiveFailures, duration);
        }
    }

    private bool MayEject(MeshServicePort service)
    {
        var ejected = 0;
        foreach (var endpoint in service.Endpoints)
        {
            ejected += endpoint.State.IsEjected ? 1 : 0;
        }

        return ejected < Math.Max(1, service.Endpoints.Length * _options.MaxEjectedPercent / 100);
    }

    private void Return(EndpointState state)
    {
        lock (_lock)
        {
            if (state.IsEjected && _ejections.TryGetValue(state, out var ejection))
            {
                _ejections[state] = ejection with { Until = _time.GetUtcNow(), IsOut = false };
                state.SetEjected(false);
            }
        }
    }

    private void ReturnExpired()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            foreach (var (state, ejection) in _ejections.ToList())
            {
                if (ejection.IsOut && ejection.Until <= now)
                {
                    _ejections[state] = ejection with { IsOut = false };

                    // On probation: one more failure is enough.
                    state.SetFailures(_options.ConsecutiveFailures - 1);
                    state.SetEjected(false);
                }
                else if (ejection.TimesAt(now, _options.BaseEjectionTime) == 0)
                {
                    _ejections.Remove(state);
                }
            }

            SetTimer(now);
        }
    }

    /// <summary>Wakes for the next return, or to forget what has been good for long enough.</summary>
    private void SetTimer(DateTimeOffset now)
    {
        var due = Timeout.InfiniteTimeSpan;
        foreach (var ejection in _ejections.Values)
        {
            var until = ejection.IsOut ? ejection.Until : ejection.ForgottenAt(_options.BaseEjectionTime);
            var wait = until > now ? until - now : TimeSpan.Zero;
            due = due == Timeout.InfiniteTimeSpan || wait < due ? wait : due;
        }

        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How often an endpoint was ejected of late, until when, and whether it still is.</summary>
    private readonly record struct Ejection(int Times, DateTimeOffset Until, bool IsOut)
    {
        /// <summary>Every base time without trouble takes one off.</summary>
        public int TimesAt(DateTimeOffset now, TimeSpan baseTime) => now <= Until ? Times : (int)Math.Max(0, Times - ((now - Until).Ticks / baseTime.Ticks));

        public DateTimeOffset ForgottenAt(TimeSpan baseTime) => Until + (baseTime * Times);
    }
}
