using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Workloads;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>
/// A <see cref="MeshPair"/> whose <c>shop/orders</c> is a web application on Kestrel, or sockets in the test's hands, and an <see cref="HttpClient"/>
/// of <c>shop/cart</c>.
/// </summary>
internal sealed class HttpPair : IAsyncDisposable
{
    private readonly WebApplication? _application;

    private HttpPair(MeshPair mesh, WebApplication? application, ushort port, AppProtocol protocol)
    {
        Mesh = mesh;
        _application = application;
        Port = port;
        Orders = mesh.Orders with { Ports = [new WorkloadPort { Name = "main", Port = port, Protocol = protocol }] };
    }

    public MeshPair Mesh { get; }

    public ushort Port { get; }

    public Workload Orders { get; }

    public HttpClient Client { get; private set; } = null!;

    /// <summary>Where clients of the caller's node connect to reach orders.</summary>
    public IPEndPoint Front { get; private set; } = null!;

    public static async Task<HttpPair> StartAsync(AppProtocol protocol, RequestDelegate application, Version? clientVersion = null, LinkProtocol link = LinkProtocol.NodeMesh)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinResponseDataRate = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Listen(IPAddress.Loopback, 0, listen =>
                listen.Protocols = protocol is AppProtocol.Http2 or AppProtocol.Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1);
        });
        var web = builder.Build();
        web.UseWebSockets();
        web.Run(application);
        await web.StartAsync();
        var port = (ushort)new Uri(web.Urls.Single()).Port;
        return await StartAsync(await StartMeshAsync(link), web, port, protocol, clientVersion);
    }

    /// <summary>The application is <see cref="MeshPair.Application"/>, whose connections the test accepts.</summary>
    public static async Task<HttpPair> StartRawAsync(AppProtocol protocol = AppProtocol.Http, Version? clientVersion = null, LinkProtocol link = LinkProtocol.NodeMesh)
    {
        var mesh = await StartMeshAsync(link);
        return await StartAsync(mesh, null, mesh.ApplicationPort, protocol, clientVersion);
    }

    /// <summary>
    /// The server's node takes the application for one that speaks anything: it carries what comes out of a tunnel as it is, as a daemon does that
    /// knows nothing of HTTP.
    /// </summary>
    /// <param name="more">In force there besides.</param>
    public void RelayAtServer(params Resource[] more) =>
        Mesh.ApplyToServer([MeshPair.Cart, Orders with { Ports = [new WorkloadPort { Name = "main", Port = Port, Protocol = AppProtocol.Tcp }] }, .. more]);

    /// <summary>Puts these in force beside the two workloads.</summary>
    public void Apply(params Resource[] more) => Mesh.Apply([MeshPair.Cart, Orders, .. more]);

    public SocketsHttpHandler NewHandler() => new()
    {
        UseProxy = false,
        Expect100ContinueTimeout = Until.Patience,
        ConnectCallback = async (_, _) => new NetworkStream(await DialAsync(), ownsSocket: true),
    };

    public HttpClient NewClient(Version version) => new(NewHandler())
    {
        BaseAddress = new Uri("http://orders.shop.mesh/"),
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Until.Patience,
    };

    /// <summary>A client's connection to its daemon.</summary>
    /// <param name="front">Where it goes instead of <see cref="Front"/>.</param>
    public async Task<Socket> DialAsync(IPEndPoint? front = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(front ?? Front);
        return socket;
    }

    /// <summary>The next connection of the server's daemon to the application.</summary>
    public async Task<Socket> AcceptAsync()
    {
        var socket = await Mesh.Application.AcceptAsync().WaitAsync(Until.Patience);
        socket.NoDelay = true;
        return socket;
    }

    /// <summary>The same, and the head of the first request on it is read.</summary>
    public async Task<Socket> AcceptRequestAsync()
    {
        var socket = await AcceptAsync();
        await socket.ReceiveHeadAsync();
        return socket;
    }

    /// <summary>Ends client and application, and holds that neither node keeps anything of what passed.</summary>
    public async Task AssertNothingIsLeftAsync()
    {
        Client.Dispose();
        if (_application is not null)
        {
            await _application.StopAsync();
        }

        await Mesh.AssertNothingIsLeftAsync();
        Assert.Equal(0, Mesh.Caller.Worker.Exchanges.Count);
        Assert.Equal(0, Mesh.Server.Worker.Exchanges.Count);
        foreach (var gauge in new[] { "nodemesh_requests_in_flight", "nodemesh_upstream_requests_pending" })
        {
            Assert.Equal(0, Mesh.Caller.Metric(gauge));
            Assert.Equal(0, Mesh.Server.Metric(gauge));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Mesh.DisposeAsync();
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }

    private static Task<MeshPair> StartMeshAsync(LinkProtocol link) => MeshPair.StartAsync(new MeshLinkOptions { BestProtocol = link });

    private static async Task<HttpPair> StartAsync(MeshPair mesh, WebApplication? web, ushort port, AppProtocol protocol, Version? clientVersion)
    {
        var pair = new HttpPair(mesh, web, port, protocol);
        pair.Apply();
        pair.Front = await mesh.Caller.CaptureAsync(IpEndpoint.From(IPAddress.Parse("127.0.0.2"), port));
        pair.Client = pair.NewClient(clientVersion ?? HttpVersion.Version11);
        return pair;
    }
}
