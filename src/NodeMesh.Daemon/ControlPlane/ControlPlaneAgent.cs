using Grpc.Core;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Options;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Daemon.ControlPlane;

/// <summary>
/// Keeps the node in touch with its controller: joins once, then receives resources and trust, gets certificates, and tries again after a while when something
/// fails, each controller in turn. What is in force meanwhile stays in force. One per daemon, on the thread pool, from <see cref="Start"/> to disposal.
/// </summary>
internal sealed partial class ControlPlaneAgent : IAsyncDisposable
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    /// <summary>How long what other nodes reported counts without a controller to tell that they are back.</summary>
    private static readonly TimeSpan ReportsLast = TimeSpan.FromSeconds(30);

    private readonly DaemonOptions _options;
    private readonly ConfigurationStream _stream;
    private readonly WorkloadCertificates _certificates;
    private readonly HealthReporter _health;
    private readonly Func<MeshSnapshot?> _snapshot;
    private readonly Func<Task> _loadIdentities;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private Task _running = Task.CompletedTask;
    private volatile ControllerState _state;

    /// <param name="snapshot">The configuration in force.</param>
    /// <param name="loadIdentities">Reads certificates and bundles anew.</param>
    public ControlPlaneAgent(
        DaemonOptions options,
        ConfigurationStream stream,
        WorkloadCertificates certificates,
        HealthReporter health,
        Func<MeshSnapshot?> snapshot,
        Func<Task> loadIdentities,
        TimeProvider time,
        ILogger<ControlPlaneAgent> log)
    {
        _options = options;
        _stream = stream;
        _stream.Applied = OnApplied;
        _certificates = certificates;
        _health = health;
        _snapshot = snapshot;
        _loadIdentities = loadIdentities;
        _time = time;
        _log = log;
        _state = new ControllerState(null, "no controller was asked yet", time.GetUtcNow());
    }

    public ControllerState State => _state;

    /// <summary>Whether there is a configuration from an earlier time.</summary>
    public bool HasConfiguration => _stream.Version.Length > 0;

    /// <summary>The revision that the controller told last; empty before the first.</summary>
    public string Revision => _stream.Version;

    /// <summary>When what is in force here was known to be the controller's newest for the last time; null before the first configuration.</summary>
    public DateTimeOffset? ConfirmedAt => _stream.ConfirmedAt is not { } confirmed ? null
        : _state.IsConnected && !_stream.IsRefused ? _time.GetUtcNow() : confirmed;

    public void Start() => _running = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _health.Dispose();
        if (_state.IsConnected)
        {
            _stream.Confirm();
        }

        _stopping.Dispose();
        _changed.Dispose();
    }

    /// <summary>It may have other workloads.</summary>
    private void OnApplied()
    {
        // Only the stream releases, one call at a time.
        if (_changed.CurrentCount == 0)
        {
            _changed.Release();
        }
    }

    private async Task RunAsync()
    {
        var pause = LeastPause;
        for (var turn = 0; !_stopping.IsCancellationRequested; turn++)
        {
            var address = _options.Controller.Addresses[turn % _options.Controller.Addresses.Count];
            var began = _time.GetTimestamp();
            try
            {
                await WorkAsync(address);
                pause = LeastPause;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is ControlPlaneException or RpcException or IOException or UnauthorizedAccessException or X509SvidException)
            {
                Report(address, exception is RpcException rpc ? rpc.Status.Detail : exception.Message);
            }
            catch (Exception exception)
            {
                LogFailed(exception);
                Report(address, $"a failure inside the daemon, see its log: {exception.Message}");
            }

            if (!_state.IsConnected && _time.GetUtcNow() - _state.Since > ReportsLast)
            {
                _stream.ForgetReports();
            }

            pause = _time.GetElapsedTime(began) > LongestPause ? LeastPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            await PauseAsync(pause);
        }
    }

    /// <summary>Works with a controller until the node has another certificate, with which to connect again.</summary>
    private async Task WorkAsync(string address)
    {
        var identity = new NodeIdentity(_options.Controller.State, _options.Bundles, _options.Node, _time);
        if (identity.Svid is null)
        {
            await identity.JoinAsync(ReadToken(), address, _options.Mark, _stopping.Token);
            LogJoined(address, identity.Svid!.Id);
            await _loadIdentities();
        }

        using var controller = new ControllerLink(address, ControllerLink.TrustedBy(identity.Bundle(), _time), identity.Svid, _options.Mark);
        if (identity.IsToBeRenewed)
        {
            await identity.RenewAsync(controller, _stopping.Token);
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var stream = _stream.RunAsync(controller, () => Connected(address), ended.Token);
        var work = KeepCertificatesAsync(identity, controller, ended.Token);
        var health = _health.RunAsync(controller, ended.Token);
        try
        {
            var first = await Task.WhenAny(stream, work, health);
            await first;
            if (first == stream)
            {
                throw new ControlPlaneException("it has ended the stream");
            }
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(stream, work, health).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task KeepCertificatesAsync(NodeIdentity identity, ControllerLink controller, CancellationToken cancellation)
    {
        while (!identity.IsToBeRenewed)
        {
            if (_snapshot() is { } snapshot)
            {
                try
                {
                    if (await _certificates.UpdateAsync(snapshot, controller, cancellation))
                    {
                        await _loadIdentities();
                    }
                }
                catch (ControlPlaneException exception)
                {
                    LogCertificates(exception.Message);
                }
            }

            await _changed.WaitAsync(Look, cancellation);
            if (_state.IsConnected)
            {
                _stream.Confirm();
            }
        }

        await identity.RenewAsync(controller, cancellation);
    }

    private string ReadToken()
    {
        try
        {
            return File.ReadAllText(_options.Controller.TokenFile).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ControlPlaneException(
                $"this node has not joined yet, and the token cannot be read: {e.Message}; nodemeshctl node token create {_options.Node} makes one", e);
        }
    }

    private void Connected(string address)
    {
        var before = _state;
        if (!before.IsConnected || !string.Equals(before.Address, address, StringComparison.Ordinal))
        {
            _state = new ControllerState(address, null, _time.GetUtcNow());
            LogConnected(address);
        }
    }

    private void Report(string address, string reason)
    {
        var before = _state;
        if (!string.Equals(before.Trouble, reason, StringComparison.Ordinal))
        {
            LogTrouble(address, reason);
        }

        _state = new ControllerState(address, reason, before.IsConnected ? _time.GetUtcNow() : before.Since);
        if (before.IsConnected)
        {
            _stream.Confirm();
        }
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), _time, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The daemon ends.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Joined at {Address} as {Id}")]
    private partial void LogJoined(string address, SpiffeId id);

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to the controller at {Address}")]
    private partial void LogConnected(string address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No connection to the controller at {Address}, what is in force stays so: {Reason}")]
    private partial void LogTrouble(string address, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Certificates are missing: {Reason}")]
    private partial void LogCertificates(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The connection to the controller failed inside the daemon")]
    private partial void LogFailed(Exception exception);
}
