using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>A <see cref="MeshPair"/> whose <c>shop/orders</c> is a web application on Kestrel, and an <see cref="HttpClient"/> of <c>shop/cart</c>.</summary>
internal sealed class HttpPair : IAsyncDisposable
{
    private readonly WebApplication _application;

    private HttpPair(MeshPair mesh, WebApplication application, ushort port, AppProtocol protocol)
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

    public static async Task<HttpPair> StartAsync(AppProtocol protocol, RequestDelegate application, Version? clientVersion = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
            listen.Protocols = protocol is AppProtocol.Http2 or AppProtocol.Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var web = builder.Build();
        web.Run(application);
        await web.StartAsync();
        var port = (ushort)new Uri(web.Urls.Single()).Port;
        var pair = new HttpPair(await MeshPair.StartAsync(), web, port, protocol);
        pair.Mesh.Apply(MeshPair.Cart, pair.Orders);
        pair.Front = await pair.Mesh.Caller.CaptureAsync(IpEndpoint.From(IPAddress.Parse("127.0.0.2"), port));
        pair.Client = pair.NewClient(clientVersion ?? HttpVersion.Version11);
        return pair;
    }

    public HttpClient NewClient(Version version) => new(new SocketsHttpHandler { UseProxy = false, ConnectCallback = async (_, cancellation) =>
    {
        var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(Front, cancellation);
        return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
    } })
    {
        BaseAddress = new Uri("http://orders.shop.mesh/"),
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Until.Patience,
    };

    /// <summary>Ends client and application, and holds that neither node keeps anything of what passed.</summary>
    public async Task AssertNothingIsLeftAsync()
    {
        Client.Dispose();
        await _application.StopAsync();
        await Mesh.AssertNothingIsLeftAsync();
        Assert.Equal(0, Mesh.Caller.Worker.Exchanges.Count);
        Assert.Equal(0, Mesh.Server.Worker.Exchanges.Count);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Mesh.DisposeAsync();
        await _application.DisposeAsync();
    }
}
