using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Tests.Configuration;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Nodes;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Tests.Tunnels;

/// <summary>
/// Two nodes with real TLS between them on loopback: <c>shop/cart</c>, which is the test process, calls from n1; <c>shop/orders</c> serves on n2.
/// </summary>
internal sealed class MeshPair : IAsyncDisposable
{
    private readonly Socket _application = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private MeshSnapshot? _callerSnapshot;
    private MeshSnapshot? _serverSnapshot;

    private readonly string _serverAddress;

    private MeshPair(MeshLinkOptions? links, string serverAddress)
    {
        _serverAddress = serverAddress;
        Caller = new MeshNode("n1", "127.0.0.1", links);
        Server = new MeshNode("n2", serverAddress, links);
        _application.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _application.Listen(4096);
    }

    public MeshAuthority Authority { get; } = new();

    public MeshNode Caller { get; }

    public MeshNode Server { get; }

    /// <summary>The application behind <c>shop/orders</c>; the test accepts and answers.</summary>
    public Socket Application => _application;

    public ushort ApplicationPort => (ushort)((IPEndPoint)_application.LocalEndPoint!).Port;

    /// <summary>What the caller's node takes for the port of the server's mesh listener, when it is to meet something else.</summary>
    public ushort? MeshPortForCaller { get; set; }

    /// <summary>An address that the server's node has before the one that answers; nobody listens there.</summary>
    public string? DeadServerAddress { get; set; }

    /// <summary>Where clients of the caller's node connect to reach orders.</summary>
    public IPEndPoint Front { get; private set; } = null!;

    /// <summary>orders as the caller's node knows it.</summary>
    public Endpoint Endpoint => _callerSnapshot!.Endpoints.Single(endpoint => endpoint.WorkloadName == "orders");

    /// <summary>What it speaks is declared: nobody waits for a client's first bytes to find out.</summary>
    public Workload Orders => new()
    {
        Metadata = ResourceMetadata.Of("orders", "shop", Labels.Of(("app", "orders"))),
        Node = "n2",
        Selector = new ProcessSelector { SystemdUnit = "orders.service" },
        ServiceAccount = "orders",
        Ports = [new WorkloadPort { Name = "main", Port = ApplicationPort, Protocol = AppProtocol.Tcp }],
    };

    public static Workload Cart => new()
    {
        Metadata = ResourceMetadata.Of("cart", "shop", Labels.Of(("app", "cart"))),
        Node = "n1",
        Selector = new ProcessSelector { Uid = OwnUid },
        ServiceAccount = "cart",
    };

    private static uint OwnUid => uint.Parse(
        File.ReadAllLines("/proc/self/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2],
        System.Globalization.CultureInfo.InvariantCulture);

    public static async Task<MeshPair> StartAsync(MeshLinkOptions? links = null, string serverAddress = "127.0.0.2")
    {
        var pair = new MeshPair(links, serverAddress);
        await pair.Caller.Proxy.StartAsync();
        await pair.Server.Proxy.StartAsync();
        pair.Rotate();
        pair.Apply(Cart, pair.Orders);
        pair.Front = await pair.Caller.CaptureAsync(IpEndpoint.From(IPAddress.Parse(serverAddress), pair.ApplicationPort));
        return pair;
    }

    /// <summary>Fresh certificates for both nodes.</summary>
    public void Rotate()
    {
        Caller.Proxy.Apply(Authority.Identities("cart", "checkout"));
        Server.Proxy.Apply(Authority.Identities("orders", "stock"));
    }

    /// <summary>Puts these resources, with the two nodes, in force on both.</summary>
    public void Apply(params Resource[] resources)
    {
        ApplyToCaller(resources);
        ApplyToServer(resources);
    }

    public void ApplyToCaller(params Resource[] resources)
    {
        _callerSnapshot = TestMesh.Compile(_callerSnapshot, "n1", [.. resources, .. Nodes(MeshPortForCaller)]);
        Apply(Caller, _callerSnapshot);
    }

    public void ApplyToServer(params Resource[] resources)
    {
        _serverSnapshot = TestMesh.Compile(_serverSnapshot, "n2", [.. resources, .. Nodes(null)]);
        Apply(Server, _serverSnapshot);
    }

    /// <summary>A client's connection through both nodes, and the application's end of it.</summary>
    public async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        var client = await DialAsync();
        var server = await _application.AcceptAsync().WaitAsync(Until.Patience);
        server.NoDelay = true;
        return (client, server);
    }

    public async Task<Socket> DialAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(Front);
        return client;
    }

    /// <summary>Holds that a new client is reset, perhaps before it knows that it is connected.</summary>
    public async Task AssertIsRefusedAsync(IPEndPoint? front = null)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(front ?? Front);
        }
        catch (SocketException exception)
        {
            Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
            return;
        }

        await client.AssertIsCutAsync();
    }

    /// <summary>Opens a tunnel on the caller's loop, as the outbound handler does.</summary>
    public Task<MeshOpenResult> OpenAsync(string serviceAccount = "cart", CancellationToken cancellation = default) => Caller.Loop.InvokeAsync(
        () => Caller.Worker.Links.OpenAsync(Authority.Id(serviceAccount), Endpoint, "for=\"127.0.0.1:1\";host=orders.shop.mesh", timeout: null, cancellation));

    /// <summary>Lets a tunnel go that <see cref="OpenAsync"/> opened.</summary>
    public Task CloseAsync(params IEnumerable<MeshOpenResult> tunnels) => Caller.OnLoop(() =>
    {
        foreach (var tunnel in tunnels)
        {
            tunnel.Stream?.Dispose();
        }
    });

    /// <summary>How many links the caller holds, those that drain among them.</summary>
    public Task<int> LinksAsync() => Caller.OnLoop(() => Caller.Worker.Links.Links.Count());

    /// <summary>How many streams the caller's only link has carried.</summary>
    public Task<long> StreamsOpenedAsync() => Caller.OnLoop(() => Caller.Worker.Links.Links.Single().Engine.StreamsOpened);

    public async Task AssertNothingIsLeftAsync()
    {
        await Caller.AssertNothingIsLeftAsync();
        await Server.AssertNothingIsLeftAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Caller.DisposeAsync();
        await Server.DisposeAsync();
        _application.Dispose();
    }

    /// <summary>Returns when the loop has taken it over: what is accepted from then on is under it.</summary>
    private static void Apply(MeshNode node, MeshSnapshot snapshot)
    {
        node.Proxy.Apply(snapshot);
        node.OnLoop(() => true).Wait(Until.Patience);
    }

    private Node[] Nodes(ushort? meshPort) =>
    [
        TestMesh.Node("n1", "127.0.0.1") with { MeshPort = Caller.MeshAddress.Port },
        TestMesh.Node("n2", [.. DeadServerAddress is null ? Array.Empty<string>() : [DeadServerAddress], _serverAddress]) with { MeshPort = meshPort ?? Server.MeshAddress.Port },
    ];
}
