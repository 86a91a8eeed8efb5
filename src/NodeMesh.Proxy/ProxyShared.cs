using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Cgroups;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Dns;
using NodeMesh.Proxy.Health;
using NodeMesh.Proxy.LoadBalancing;
using NodeMesh.Proxy.Requests;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Spiffe;
using NodeMesh.Transport.Connections;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy;

/// <summary>What all loops share: settings, the snapshot in force, TLS contexts, metrics, log. Thread-safe; lives as long as the proxy.</summary>
internal sealed partial class ProxyShared : IDisposable
{
    private readonly ConcurrentDictionary<string, ServiceLoad> _loads = new(StringComparer.Ordinal);
    private readonly ILogger _logger;
    private volatile MeshSnapshot? _snapshot;
    private volatile bool _draining;

    public ProxyShared(
        ProxyOptions options, MeshMetrics metrics, AccessLog accessLog, TimeProvider time, ILoggerFactory loggers, MeshLinkOptions? links = null)
    {
        Options = options;
        Metrics = metrics;
        AccessLog = accessLog;
        Time = time;
        Loggers = loggers;
        Links = (links ?? new MeshLinkOptions()) with { ConnectTimeout = options.ConnectTimeout, HandshakeTimeout = options.HandshakeTimeout, Time = time };
        Connect = new ConnectOptions { Mark = options.Mark, Timeout = options.ConnectTimeout };
        Cgroups = CgroupHierarchy.Open(time);
        Names = new NameResolver(options.Dns, time);
        Picker = new LeastConnectionsPicker();
        RequestPicker = new PeakEwmaPicker(time);
        _logger = loggers.CreateLogger<ProxyShared>();
        Outliers = new OutlierDetector(new OutlierOptions(), metrics, time, loggers.CreateLogger<OutlierDetector>());
        var none = new TlsIdentitySet([], Spiffe.Bundles.TrustBundleSet.Empty, time);
        TlsServer = new TlsServerContext(none, _ => ChooseOnlyIdentity(), time, bestProtocol: Links.BestProtocol);
        TlsClient = new TlsClientContext(none);
    }

    public ProxyOptions Options { get; }

    public MeshMetrics Metrics { get; }

    public AccessLog AccessLog { get; }

    public TimeProvider Time { get; }

    public ILoggerFactory Loggers { get; }

    public MeshLinkOptions Links { get; }

    public ConnectOptions Connect { get; }

    public CgroupHierarchy Cgroups { get; }

    /// <summary>Finds the addresses of names outside the mesh.</summary>
    public NameResolver Names { get; }

    public IEndpointPicker Picker { get; }

    /// <summary>For HTTP, where a request is the unit of work.</summary>
    public IEndpointPicker RequestPicker { get; }

    public OutlierDetector Outliers { get; }

    public TlsServerContext TlsServer { get; }

    public TlsClientContext TlsClient { get; }

    /// <summary>The configuration in force; null before the first: then nothing is carried.</summary>
    public MeshSnapshot? Snapshot
    {
        get => _snapshot;
        set => _snapshot = value;
    }

    public bool IsDraining
    {
        get => _draining;
        set => _draining = value;
    }

    /// <summary>All loops; empty until they are made.</summary>
    public IReadOnlyList<ProxyLoop> Loops { get; set; } = [];

    /// <summary>The identity for a peer that names none, as other meshes do not: the one behind this node's addresses, if there is one only.</summary>
    private SpiffeId? ChooseOnlyIdentity()
    {
        SpiffeId? only = null;
        foreach (var workload in Snapshot?.Workloads ?? [])
        {
            if (workload.Ports.Count > 0)
            {
                if (only is not null && only != workload.Identity)
                {
                    return null;
                }

                only = workload.Identity;
            }
        }

        return only;
    }

    /// <summary>What is under way towards a service, for its limits.</summary>
    public ServiceLoad LoadOf(MeshService service) => _loads.GetOrAdd(service.FullName, static _ => new ServiceLoad());

    /// <summary>Has an idle connection to the service closed, on whichever loop there is one, for a request that waits for its place.</summary>
    public void MakePlace(ServiceLoad load)
    {
        foreach (var worker in Loops)
        {
            worker.Loop.Post(_ => worker.Upstreams.Http1.MakePlace(load), null);
        }
    }

    public void Dispose()
    {
        Outliers.Dispose();
        TlsServer.Dispose();
        TlsClient.Dispose();
        Cgroups.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An HTTP request failed inside the daemon.")]
    public partial void LogRequestFailed(Exception exception);
}
