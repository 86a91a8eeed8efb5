using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodeMesh.Controller.Api;
using NodeMesh.Controller.Authority;
using NodeMesh.Controller.Distribution;
using NodeMesh.Controller.Health;
using NodeMesh.Controller.Nodes;
using NodeMesh.Controller.Options;
using NodeMesh.Controller.Registry;
using NodeMesh.Controller.Serving;
using NodeMesh.Controller.Store;
using NodeMesh.Controller.Telemetry;
using NodeMesh.Linux.Credentials;
using NodeMesh.Xds;
using NodeMesh.Xds.Catalog;

namespace NodeMesh.Controller.Lifecycle;

/// <summary>The whole controller: puts the parts together, serves them, and ends them in order. One per process.</summary>
internal sealed class ControllerServer : IAsyncDisposable
{
    private const int MaxConnections = 20_000;

    /// <summary>A node that says by name what it has of a mesh of 200,000 resources.</summary>
    private const int MaxMessageBytes = 16 * 1024 * 1024;

    // What a node may have sent that nobody has read yet; requests of nodes are small but for the first.
    private const int StreamWindowBytes = 128 * 1024;
    private const int ConnectionWindowBytes = 256 * 1024;

    private readonly ControllerOptions _options;
    private readonly SqliteStore _store;
    private readonly ControllerAuthority _authority;
    private readonly MeshRegistry _mesh;
    private readonly NodeLeases _leases;
    private readonly WebApplication _web;

    /// <exception cref="StoreException">The store cannot be used.</exception>
    /// <exception cref="Spiffe.Authority.AuthorityException">The authority cannot be used.</exception>
    public ControllerServer(ControllerOptions options, string version, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        Directory.CreateDirectory(options.Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var resources = new ResourceCatalog(TypeUrls.Resource);
        var bundles = new ResourceCatalog(TypeUrls.TrustBundle);
        _store = new SqliteStore(options.StorePath, options.History, time);
        var signer = options.Authority is { } paths
            ? (IAuthority)new GivenAuthority(paths, options.BundlePath, options.TrustDomain, time)
            : new KeptAuthority(options.AuthorityPath, options.TrustDomain, time);
        _authority = new ControllerAuthority(signer, bundles, time, loggers.CreateLogger<ControllerAuthority>());
        _mesh = new MeshRegistry(_store, resources, options.TrustDomain, loggers.CreateLogger<MeshRegistry>());
        var refusals = new Refusals(_store, time, loggers.CreateLogger<Refusals>());
        Operators = new OperatorGrants(options.Operators);
        var nodes = new NodeRegistry(_store, _authority, _mesh, refusals, Operators, time, loggers.CreateLogger<NodeRegistry>());
        var sessions = new NodeSessions(nodes, time);
        var health = new ResourceCatalog(TypeUrls.NodeHealth);
        _leases = new NodeLeases(nodes, sessions, _mesh, health, options.NodeLease, time, loggers.CreateLogger<NodeLeases>());
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = MaxMessageBytes);
        builder.Services.AddSingleton(new DeltaDiscoveryService(
            [resources, bundles, health], nodes, sessions, time, loggers.CreateLogger<DeltaDiscoveryService>()));
        var tls = new TlsListener(_authority, nodes, Operators, time);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, tls));
        _web = builder.Build();
        var metrics = new ControllerMetrics(_mesh, nodes, sessions, _leases, version);
        _web.Use((context, next) => context.Features.Get<MetricsPeer>() is null ? next(context) : metrics.HandleAsync(context));
        _web.UseRouting();
        var api = new ApiRoutes(Operators, CurrentUser.Uid, version, refusals, time, loggers.CreateLogger<ApiRoutes>());
        var watch = new ResourceWatch(_mesh, resources, _store, time);
        api.Map(_web, [.. new ResourceApi(_mesh, sessions, _store, watch).Routes, .. new NodeApi(nodes, sessions, _leases, _authority, _mesh, _store, version, time).Routes]);
        _web.MapGrpcService<DeltaDiscoveryService>();
    }

    /// <summary>The only settings that others may be put in the place of while it runs.</summary>
    public OperatorGrants Operators { get; }

    /// <summary>Where it listens.</summary>
    public ICollection<string> Addresses => _web.Urls;

    /// <exception cref="IOException">An address is taken, or cannot be bound.</exception>
    public async Task StartAsync()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_options.Socket)!);
        await RemoveStaleSocketAsync();
        await _web.StartAsync();

        // Between the two lines others may connect; they are refused by their credentials.
        File.SetUnixFileMode(_options.Socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _web.StopAsync(patience.Token);
        await _web.DisposeAsync();
        await _leases.DisposeAsync();
        _authority.Dispose();
        _mesh.Dispose();
        _store.Dispose();
    }

    private void Listen(KestrelServerOptions kestrel, TlsListener tls)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
        kestrel.ListenUnixSocket(_options.Socket, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => async connection =>
            {
                using (var peer = UnixPeer.Of(connection.Features.Get<IConnectionSocketFeature>()!.Socket.SafeHandle))
                {
                    connection.Features.Set(new LocalPeer(peer.Uid));
                }

                await next(connection);
            });
        });
        foreach (var address in _options.Listen)
        {
            kestrel.Listen(address, tls.Configure);
        }

        foreach (var address in _options.Metrics)
        {
            kestrel.Listen(address, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection =>
                {
                    connection.Features.Set(MetricsPeer.Instance);
                    return next(connection);
                });
            });
        }
    }

    /// <summary>A socket that nobody answers on was left by a controller that was killed.</summary>
    private async Task RemoveStaleSocketAsync()
    {
        if (!File.Exists(_options.Socket))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(_options.Socket));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(_options.Socket);
            return;
        }

        throw new IOException($"another nodemesh-controller answers on {_options.Socket}; end it, or set another api.socket");
    }
}
