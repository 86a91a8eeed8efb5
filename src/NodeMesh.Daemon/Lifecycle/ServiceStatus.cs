using NodeMesh.Daemon.Configuration;
using NodeMesh.Daemon.Logging;
using NodeMesh.Linux.Systemd;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>Keeps the line that <c>systemctl status</c> shows true. One per daemon; looks every few seconds, speaks when something changed.</summary>
internal sealed class ServiceStatus : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly SystemdNotifier _systemd;
    private readonly Readiness _readiness;
    private readonly ConfigurationLoader _configuration;
    private readonly Func<int> _connections;
    private readonly ITimer _timer;
    private string _said = "";

    public ServiceStatus(SystemdNotifier systemd, Readiness readiness, ConfigurationLoader configuration, Func<int> connections, TimeProvider time)
    {
        _systemd = systemd;
        _readiness = readiness;
        _configuration = configuration;
        _connections = connections;
        _timer = time.CreateTimer(_ => Tell(), null, Interval, Interval);
    }

    /// <summary>One line: readiness, revision and counts.</summary>
    public string Text()
    {
        var state = _configuration.State;
        var reasons = _readiness.Reasons();
        var counts = state.Snapshot is { } snapshot
            ? $"revision {snapshot.Revision}, {Counted.Text(snapshot.Workloads.Count, "workload")} here, {Counted.Text(_connections(), "connection")}"
            : Counted.Text(_connections(), "connection");
        var stale = state is { Snapshot: not null, Rejected: not null } ? "; the newest resources are wrong, an older revision is in force" : "";
        var remark = _readiness.Remark is { } text ? $"; {text}" : "";
        return reasons.Count == 0 ? $"Ready: {counts}{stale}{remark}" : $"Not ready: {reasons[0]} ({counts}){stale}{remark}";
    }

    public void Dispose() => _timer.Dispose();

    private void Tell()
    {
        var text = Text();
        if (_systemd.IsEnabled && _readiness.Phase == DaemonPhase.Running && !string.Equals(text, _said, StringComparison.Ordinal))
        {
            _said = text;
            _systemd.Status(text);
        }
    }
}
