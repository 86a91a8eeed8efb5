using System.Net;
using Microsoft.Extensions.Logging;
using NodeMesh.Daemon.Options;
using NodeMesh.Linux;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Dns;
using NodeMesh.Proxy.Health;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Resources;
using NodeMesh.Spiffe.Bundles;
using NodeMesh.Spiffe.Svids;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Daemon.Wiring;

/// <summary>
/// Everything that carries traffic or answers for it: the proxy, the DNS server and the health checks, put together by the settings and always
/// under one configuration. One per daemon, from <see cref="StartAsync"/> to disposal; thread-safe.
/// </summary>
internal sealed class DataPath : IAsyncDisposable
{
    private readonly DaemonOptions _options;
    private readonly TimeProvider _time;
    private DnsServer? _dns;
    private readonly HealthChecker _health;
    private IReadOnlyList<(string Name, IReadOnlyList<IPAddress> Addresses)>? _names;

    public DataPath(DaemonOptions options, MeshMetrics metrics, AccessLog accessLog, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _time = time;
        Proxy = new MeshProxy(
            new ProxyOptions
            {
                Mark = options.Mark,
                LoopCount = options.Loops,
                OutboundListeners = Endpoints(options.Listeners.Outbound),
                InboundListeners = Endpoints(options.Listeners.Inbound),
                MeshListeners = Endpoints(options.Listeners.Mesh),
                ConnectTimeout = options.Timeouts.Connect,
                HandshakeTimeout = options.Timeouts.Handshake,
                IdleTimeout = options.Timeouts.Idle,
                NodeName = options.Node,
                Dns = DnsOptionsOf(options),
            },
            metrics,
            accessLog,
            time,
            loggers);
        _dns = options.Dns.Listen.IsEmpty ? null : new DnsServer(DnsOptionsOf(options), metrics, time, loggers.CreateLogger<DnsServer>());
        _health = new HealthChecker(
            new TcpHealthProbe(options.Mark).ProbeAsync, Proxy.Outliers, metrics, time, Random.Shared, loggers.CreateLogger<HealthChecker>());
    }

    public MeshProxy Proxy { get; }

    /// <summary>The listeners by name, with their real ports; none before the start.</summary>
    public IReadOnlyList<(string Name, string Address)> Listeners =>
    [
        .. Proxy.OutboundListeners.Select(address => ("outbound", $"{address}")),
        .. Proxy.InboundListeners.Select(address => ("inbound", $"{address}")),
        .. Proxy.MeshListeners.Select(address => ("mesh", $"{address}")),
        .. (_dns?.Endpoints ?? []).Select(address => ("dns", address.ToString())),
    ];

    /// <summary>Opens every listener, with what the process before left in the store.</summary>
    /// <exception cref="LinuxException">A listener of the proxy cannot be bound.</exception>
    /// <exception cref="IOException">The DNS server cannot listen.</exception>
    public async Task StartAsync(IListenerStore store)
    {
        await Proxy.StartAsync(store);
        _dns?.Start(store);
    }

    /// <summary>Answers no more names; connections go on.</summary>
    public ValueTask EndDnsAsync() => Interlocked.Exchange(ref _dns, null)?.DisposeAsync() ?? ValueTask.CompletedTask;

    public MeshSnapshot Compile(ResourceSet resources, MeshSnapshot? previous, Func<string, uint?> findUser) =>
        SnapshotCompiler.Compile(resources, _options.Node, previous, findUser);

    /// <summary>Puts a snapshot in force, everywhere or, when something about it cannot be used, nowhere.</summary>
    public void Apply(MeshSnapshot snapshot)
    {
        var dns = _dns;
        var names = dns is null ? null : NamesOf(snapshot, dns.Table);
        Proxy.Apply(snapshot);
        _health.Apply(snapshot.HealthTargets);
        if (dns is not null)
        {
            dns.Table = names!;
            _names = snapshot.DnsNames;
        }
    }

    /// <exception cref="TlsException">A certificate or key cannot be used; those before stay in use.</exception>
    public void Apply(SvidSet svids, TrustBundleSet bundles) => Proxy.Apply(new TlsIdentitySet(svids.Svids, bundles, _time));

    public async ValueTask DisposeAsync()
    {
        await _health.DisposeAsync();
        await EndDnsAsync();
        await Proxy.DisposeAsync();
    }

    /// <param name="table">Of the snapshot before; what takes its names from the same list is the same.</param>
    private DnsTable NamesOf(MeshSnapshot snapshot, DnsTable table)
    {
        var domain = snapshot.Resources.Mesh.DnsDomain;
        return ReferenceEquals(snapshot.DnsNames, _names) && string.Equals(table.Domain, domain, StringComparison.Ordinal)
            ? table
            : new DnsTable(domain, snapshot.DnsNames, _options.Dns.Ttl);
    }

    private static IpEndpoint[] Endpoints(ValueList<ListenAddress> addresses) => [.. addresses.AsEnumerable().Select(address => address.Endpoint)];

    private static DnsOptions DnsOptionsOf(DaemonOptions options) => new()
    {
        Listen = [.. options.Dns.Listen.AsEnumerable().Select(address => address.ToIPEndPoint())],
        Upstreams = options.Dns.Upstreams is { } upstreams ? [.. upstreams.AsEnumerable().Select(address => address.ToIPEndPoint())] : null,
        Mark = (int)options.Mark,
    };
}
