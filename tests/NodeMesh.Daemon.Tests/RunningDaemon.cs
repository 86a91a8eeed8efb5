using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Daemon.Lifecycle;
using NodeMesh.Daemon.Logging;
using NodeMesh.Daemon.Options;
using NodeMesh.Linux.Systemd;

namespace NodeMesh.Daemon.Tests;

/// <summary>The whole daemon on free ports, in this process, with a client of its admin socket.</summary>
internal sealed class RunningDaemon : IAsyncDisposable
{
    private readonly ServiceEnvironment _service;
    private readonly HttpClient _telemetry = new();

    private RunningDaemon(DaemonOptions options, Func<DaemonOptions>? readAgain, string? notifySocket, TimeSpan? watchdog, IReadOnlyList<SystemdSocket> passed)
    {
        Options = options;
        var systemd = new SystemdNotifier(notifySocket);
        _service = new ServiceEnvironment
        {
            Notifier = systemd,
            Sockets = new SocketStore(systemd, passed),
            Watchdog = watchdog,
            RuntimeDirectory = Path.GetDirectoryName(options.AdminSocket),
        };
        Daemon = new NodeDaemon(options, readAgain ?? (() => options), LogLevel, _service, TimeProvider.System, NullLoggerFactory.Instance);
        Admin = new HttpClient(new SocketsHttpHandler { ConnectCallback = async (_, cancellation) => await ConnectAsync(options.AdminSocket, cancellation) })
        {
            BaseAddress = new Uri("http://nodemeshd"),
        };
    }

    public DaemonOptions Options { get; }

    public NodeDaemon Daemon { get; }

    public LogLevelSwitch LogLevel { get; } = new(Microsoft.Extensions.Logging.LogLevel.Information);

    public HttpClient Admin { get; }

    public static DaemonOptions OptionsFor(TestMesh mesh) => new()
    {
        Node = "web-1",
        Resources = mesh.ResourcesPath,
        Identities = mesh.IdentitiesPath,
        Bundles = mesh.BundlesPath,
        Loops = 2,
        Mark = 0,
        Listeners = new ListenerOptions { Outbound = [Free], Inbound = [Free], Mesh = [Free] },
        Dns = new DnsSettings { Listen = [Free] },
        Telemetry = [Free],
        AdminSocket = mesh.Directory.File("run/admin.sock"),
        AccessLog = new AccessLogSettings { Output = mesh.Directory.File("access.log") },
        Interception = new InterceptionOptions { ManagePorts = false },
        Drain = TimeSpan.FromSeconds(5),
    };

    private static ListenAddress Free => ListenAddress.Parse("127.0.0.1:0");

    /// <param name="passed">What systemd passes on from the store.</param>
    /// <param name="readAgain">The options as their file has them later; without, they stay.</param>
    public static async Task<RunningDaemon> StartAsync(
        DaemonOptions options,
        string? notifySocket = null,
        TimeSpan? watchdog = null,
        IReadOnlyList<SystemdSocket>? passed = null,
        Func<DaemonOptions>? readAgain = null)
    {
        var running = new RunningDaemon(options, readAgain, notifySocket, watchdog, passed ?? []);
        try
        {
            await running.Daemon.StartAsync();
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the admin API answers, and with which status.</summary>
    public async Task<(int Status, JsonElement Body)> AskAsync(string path, HttpMethod? method = null, string? body = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Admin.SendAsync(request);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return ((int)response.StatusCode, json.RootElement.Clone());
    }

    public async Task<(int Status, string Body)> ScrapeAsync(string path, string? accept = null)
    {
        var address = Daemon.Listeners.Single(listener => string.Equals(listener.Name, "telemetry", StringComparison.Ordinal)).Address;
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{address}{path}");
        if (accept is not null)
        {
            request.Headers.Add("Accept", accept);
        }

        using var response = await _telemetry.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        _telemetry.Dispose();
        await Daemon.DisposeAsync();
        _service.Dispose();
    }

    private static async Task<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
