using System.Net.Sockets;
using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Admin;
using NodeMesh.Daemon.Configuration;
using NodeMesh.Daemon.ControlPlane;
using NodeMesh.Daemon.Files;
using NodeMesh.Daemon.Health;
using NodeMesh.Daemon.Identities;
using NodeMesh.Daemon.Interception;
using NodeMesh.Daemon.Logging;
using NodeMesh.Daemon.Options;
using NodeMesh.Daemon.Serving;
using NodeMesh.Daemon.Telemetry;
using NodeMesh.Daemon.Wiring;
using NodeMesh.Linux.Credentials;
using NodeMesh.Linux.Systemd;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Health;
using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>
/// The whole daemon: puts the parts together, starts them in order, reloads, and ends them in order. One per process; thread-safe but for
/// <see cref="StartAsync"/> and disposal, which their owner calls once each.
/// </summary>
internal sealed partial class NodeDaemon : IAsyncDisposable
{
    /// <summary>A successor that does not come within this time has trouble; what waits in the stored sockets then waits for it alone.</summary>
    private static readonly TimeSpan PatienceForSuccessor = TimeSpan.FromSeconds(30);

    private readonly DaemonOptions _options;
    private readonly SettingsCheck _settings;
    private readonly SystemdNotifier _systemd;
    private readonly ILogger _log;
    private readonly AccessLog _accessLog;
    private readonly DataPath _dataPath;
    private readonly ConfigurationLoader _configuration;
    private readonly IdentityLoader _identities;
    private readonly ExpiryWatch _expiry;
    private readonly InboundPortUpdater? _ports;
    private readonly ReportedHealth _reports = new();
    private readonly ControlPlaneAgent? _controller;
    private readonly Readiness _readiness;
    private readonly LoopWatch _loops;
    private readonly ServiceStatus _status;
    private readonly DirectoryWatcher[] _watchers;
    private readonly LocalServer? _telemetry;
    private readonly AdminServer _admin;
    private readonly IReadOnlyList<Capability> _capabilities;
    private readonly SocketStore _sockets;
    private readonly Relief _relief;
    private readonly TaskCompletionSource<TimeSpan> _shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _servicesEnded;

    /// <param name="readAgain">Reads the options as they stand now, and throws <see cref="Resources.Loading.SettingsException"/> where they are wrong.</param>
    /// <param name="service">What systemd gave; its owner disposes it.</param>
    public NodeDaemon(
        DaemonOptions options, Func<DaemonOptions> readAgain, LogLevelSwitch logLevel, ServiceEnvironment service, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _settings = new SettingsCheck(options, readAgain, loggers.CreateLogger<SettingsCheck>());
        _systemd = service.Notifier;
        _sockets = service.Sockets;
        _relief = new Relief(service.RuntimeDirectory, time);
        _log = loggers.CreateLogger<NodeDaemon>();
        var process = ProcessStatus.Read();
        _capabilities = ProcessCapabilities.Judge(options, process.Capabilities);
        var metrics = new MeshMetrics(new MetricRegistry(options.Loops, time));
        _accessLog = new AccessLog(AccessLogOutputs.Open(options.AccessLog), metrics);
        _dataPath = new DataPath(options, metrics, _accessLog, time, loggers);
        _ports = options.Interception.ManagePorts
            ? new InboundPortUpdater(options.Interception, InboundPortUpdater.DefaultInterval, time, loggers.CreateLogger<InboundPortUpdater>())
            : null;
        var controller = new ControllerSource();
        IResourceSource source = options.Controller.IsUsed ? controller : new DirectorySource(options.Resources);
        _configuration = new ConfigurationLoader(
            source, _dataPath.Compile, name => UserDatabase.Find(name)?.Uid, Apply, metrics, time, loggers.CreateLogger<ConfigurationLoader>());
        _identities = new IdentityLoader(
            options.Identities, options.Bundles, _dataPath.Apply, loggers.CreateLogger<IdentityLoader>());
        _expiry = new ExpiryWatch(() => _identities.State.Svids, time, loggers.CreateLogger<ExpiryWatch>());
        _controller = options.Controller.IsUsed ? MakeAgent(controller, time, loggers) : null;
        _readiness = new Readiness(options, _configuration, _identities, _ports, _controller, time);
        _loops = new LoopWatch(_dataPath.Proxy, _systemd, service.Watchdog, time, loggers.CreateLogger<LoopWatch>());
        _status = new ServiceStatus(_systemd, _readiness, _configuration, () => _dataPath.Proxy.OpenConnections, time);
        var watchLog = loggers.CreateLogger<DirectoryWatcher>();
        _watchers =
        [
            .. options.Controller.IsUsed ? Array.Empty<DirectoryWatcher>() : [new DirectoryWatcher(options.Resources, _configuration.LoadAsync, time, watchLog)],
            new DirectoryWatcher(options.Identities, LoadIdentitiesAsync, time, watchLog),
            new DirectoryWatcher(options.Bundles, LoadIdentitiesAsync, time, watchLog),
        ];
        DaemonMetrics.Observe(metrics.Registry, _configuration, _identities, _dataPath, _controller, time, Version);
        var telemetry = new TelemetryEndpoints(metrics.Registry, _readiness, _loops);
        _telemetry = options.Telemetry.IsEmpty ? null : new LocalServer(ListenTelemetry, telemetry.HandleAsync, loggers);
        _admin = new AdminServer(options.AdminSocket, process.Uid, new AdminApi(Parts(logLevel, time)).Routes, loggers);
    }

    /// <summary>The version of the program, without the commit it was built from.</summary>
    public static string Version { get; } =
        (typeof(NodeDaemon).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    /// <summary>Ends, with the grace for open connections, once somebody asked the daemon to end.</summary>
    public Task<TimeSpan> ShutdownRequested => _shutdown.Task;

    /// <summary>Where the daemon listens, by name, with the real ports.</summary>
    public IReadOnlyList<(string Name, string Address)> Listeners =>
    [
        .. _dataPath.Listeners,
        .. (_telemetry?.Addresses ?? []).Select(address => ("telemetry", new Uri(address).Authority)),
        ("admin", _options.AdminSocket),
    ];

    /// <summary>Loads what there is, binds every listener, and tells systemd.</summary>
    /// <exception cref="StartupException">The daemon cannot start.</exception>
    public async Task StartAsync()
    {
        CheckCapabilities();

        // The stamps come first: a file that changes while it is read is read again.
        var stamps = _watchers.Select(watcher => DirectoryStamp.Of(watcher.Path)).ToArray();
        await _admin.ClaimAsync();

        // Beside each other: what comes waits until the data path is there.
        var servers = Task.Run(StartServersAsync);
        try
        {
            await LoadIdentitiesAsync();
            if (!_options.Controller.IsUsed || _controller!.HasConfiguration)
            {
                await _configuration.LoadAsync();
            }

            await StartDataPathAsync();
        }
        finally
        {
            await servers;
        }

        for (var i = 0; i < _watchers.Length; i++)
        {
            _watchers[i].Start(stamps[i]);
        }

        _controller?.Start();
        _readiness.Phase = DaemonPhase.Running;
        var listeners = string.Join(", ", Listeners.Select(listener => $"{listener.Name} {listener.Address}"));
        var loops = Counted.Text(_options.Loops, "event loop");
        LogStarted(_log, Version, _options.Node, loops, listeners);
        Relieve(_relief.Give);
        _systemd.Ready(_status.Text());
    }

    /// <summary>
    /// Reads everything anew, looks up again which users there are and which ports the kernel captures, opens the access log again, and judges the settings
    /// that the next start would read.
    /// </summary>
    public async Task<ReloadOutcome> ReloadAsync()
    {
        LogReloading(_log);
        Notify(() => _systemd.Reloading("Reloading"));
        try
        {
            _accessLog.Reopen();
            var settings = _settings.Look();
            await LoadIdentitiesAsync();
            var load = await _configuration.LoadAsync();
            _ports?.Look();
            return new ReloadOutcome(settings, _identities.State, load);
        }
        finally
        {
            Notify(() => _systemd.Ready(_status.Text()));
        }
    }

    /// <summary>Asks for the end; the first to ask says the grace.</summary>
    public void RequestShutdown(TimeSpan grace) => _shutdown.TrySetResult(grace);

    /// <summary>Takes nothing new, waits for connections to end, cuts the rest. Metrics and the admin API are served meanwhile.</summary>
    public async Task DrainAsync(TimeSpan grace)
    {
        _readiness.Phase = DaemonPhase.Draining;
        var open = _dataPath.Proxy.OpenConnections;
        var connections = Counted.Text(open, "open connection");
        LogDraining(_log, connections, grace);
        _systemd.Stopping($"Draining: {Counted.Text(open, "connection")} left");
        _systemd.ExtendTimeout(grace + TimeSpan.FromSeconds(10));
        if (_servicesEnded)
        {
            // A successor answers on the same sockets.
            await _dataPath.EndDnsAsync();
        }

        await _dataPath.Proxy.DrainAsync(grace, new DrainProgress(_systemd));
    }

    /// <summary>
    /// Ends everything but the data path, so that a successor can do it, and waits until it serves: nothing is configured or reported by this process any
    /// more, but connections and queries are taken, from sockets that both have. <see cref="DrainAsync"/> is to follow.
    /// </summary>
    /// <param name="leave">Has the service manager start the successor.</param>
    public async Task HandOverAsync(Action leave)
    {
        LogHandingOver(_log);
        await EndServicesAsync();
        _systemd.Silence();
        Relieve(_relief.Ask);
        leave();
        if (!await _relief.WaitAsync(PatienceForSuccessor))
        {
            LogNoSuccessor(_log, PatienceForSuccessor);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndServicesAsync();
        await _dataPath.DisposeAsync();
        await _accessLog.DisposeAsync();
        _configuration.Dispose();
        _identities.Dispose();
        LogEnded(_log);
    }

    /// <summary>Without, connections wait in the sockets for a moment, and nothing is lost.</summary>
    private void Relieve(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNoRelief(_log, e.Message);
        }
    }

    private async Task EndServicesAsync()
    {
        if (_servicesEnded)
        {
            return;
        }

        _servicesEnded = true;
        await (_controller?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var watcher in _watchers)
        {
            await watcher.DisposeAsync();
        }

        _status.Dispose();
        _expiry.Dispose();
        await _loops.DisposeAsync();
        await _admin.DisposeAsync();
        if (_telemetry is not null)
        {
            await _telemetry.DisposeAsync();
        }

        if (_ports is not null)
        {
            await _ports.DisposeAsync();
        }
    }

    private ControlPlaneAgent MakeAgent(ControllerSource source, TimeProvider time, ILoggerFactory loggers)
    {
        var stream = new ConfigurationStream(
            _options.Node,
            _options.Bundles,
            source,
            _configuration,
            LoadIdentitiesAsync,
            new SavedConfiguration(_options.Controller.State),
            _reports,
            time,
            loggers.CreateLogger<ConfigurationStream>());
        var certificates = new WorkloadCertificates(
            _options.Identities, () => _identities.State.Svids, time, loggers.CreateLogger<WorkloadCertificates>());
        var health = new HealthReporter(new LocalHealth(() => _configuration.State.Snapshot), time, loggers.CreateLogger<HealthReporter>());
        return new ControlPlaneAgent(
            _options, stream, certificates, health, () => _configuration.State.Snapshot, LoadIdentitiesAsync, time, loggers.CreateLogger<ControlPlaneAgent>());
    }

    private DaemonParts Parts(LogLevelSwitch logLevel, TimeProvider time) => new()
    {
        Options = _options,
        Version = Version,
        StartedAt = time.GetUtcNow(),
        Time = time,
        Configuration = _configuration,
        Identities = _identities,
        DataPath = _dataPath,
        Ports = _ports,
        Controller = _controller,
        Readiness = _readiness,
        Capabilities = _capabilities,
        LogLevel = logLevel,
        Listeners = () => Listeners,
        ReloadAsync = ReloadAsync,
        Shutdown = RequestShutdown,
    };

    /// <summary>A reload while the daemon starts or ends must not say that it is ready.</summary>
    private void Notify(Action tell)
    {
        if (_readiness.Phase == DaemonPhase.Running)
        {
            tell();
        }
    }

    private void Apply(MeshSnapshot snapshot)
    {
        _reports.Apply(snapshot);
        _dataPath.Apply(snapshot);
        _ports?.Set(snapshot.InboundPorts);
        if (snapshot.Workloads.Any(workload => workload.Resource.Selector.Executable is not null))
        {
            WarnOfMissing("CAP_SYS_PTRACE");
        }
    }

    private async Task LoadIdentitiesAsync()
    {
        await _identities.LoadAsync();
        _expiry.Check();
    }

    /// <exception cref="StartupException">One that the settings need is missing.</exception>
    private void CheckCapabilities()
    {
        if (_capabilities.FirstOrDefault(capability => capability is { IsRequired: true, IsHeld: false }) is { } missing)
        {
            throw new StartupException(
                $"the capability {missing.Name} is missing: it {missing.Purpose}; give AmbientCapabilities={missing.Name} in the systemd unit");
        }

        WarnOfMissing("CAP_NET_ADMIN");
        WarnOfMissing("CAP_DAC_READ_SEARCH");
    }

    private void WarnOfMissing(string name)
    {
        if (_capabilities.First(capability => string.Equals(capability.Name, name, StringComparison.Ordinal)) is { IsHeld: false } missing)
        {
            LogMissingCapability(_log, missing.Name, missing.Purpose);
        }
    }

    private async Task StartServersAsync()
    {
        await _admin.StartAsync();
        try
        {
            await (_telemetry?.StartAsync() ?? Task.CompletedTask);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new StartupException($"metrics and health cannot be served: {e.Message}; see telemetry.listen in nodemeshd.yaml", e);
        }
    }

    private async Task StartDataPathAsync()
    {
        try
        {
            await _dataPath.StartAsync(_sockets);
            _sockets.DiscardRest();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new StartupException($"a listener cannot be bound: {e.Message}; is another nodemeshd running? See listeners and dns in nodemeshd.yaml", e);
        }
    }

    private void ListenTelemetry(KestrelServerOptions options)
    {
        foreach (var address in _options.Telemetry)
        {
            options.Listen(address.ToIPEndPoint());
        }
    }
}
