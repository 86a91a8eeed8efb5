using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Services;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>What happens to requests while there is no connection for them: because a service may have no more, or because none is made in time.</summary>
public sealed class ConnectionLimitTests : IAsyncLifetime
{
    private const string NoContent = "HTTP/1.1 204 No Content\r\n\r\n";

    private static readonly string Get = GetOf("/");

    private HttpPair _pair = null!;

    public static TheoryData<AppProtocol> Versions => [AppProtocol.Http, AppProtocol.Http2];

    public async Task InitializeAsync() => _pair = await HttpPair.StartRawAsync();

    public async Task DisposeAsync()
    {
        await using var pair = _pair;
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_request_above_the_limit_of_connections_waits_for_the_one_there_is()
    {
        var front = await ServeAsync(new ConnectionPool { MaxConnections = 1 });
        using var first = await _pair.DialAsync(front);
        using var second = await _pair.DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        await second.SendTextAsync(Get);
        await Until.TrueAsync(() => _pair.Mesh.Caller.Worker.Exchanges.Count == 2, "the second request has come");
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await first.ReceiveHeadAsync(), StringComparison.Ordinal);
        await server.ReceiveHeadAsync();
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await second.ReceiveHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_while_it_waits_for_a_connection_leaves_nothing_behind()
    {
        var front = await ServeAsync(new ConnectionPool { MaxConnections = 1 });
        using var first = await _pair.DialAsync(front);
        using var second = await _pair.DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        await second.SendTextAsync(Get);
        await Until.TrueAsync(() => _pair.Mesh.Caller.Worker.Exchanges.Count == 2, "the second request has come");
        second.Close();
        await Until.TrueAsync(() => _pair.Mesh.Caller.Worker.Exchanges.Count == 1, "the second request has ended");
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await first.ReceiveHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Those_that_wait_are_served_in_the_order_in_which_they_came()
    {
        var front = await ServeAsync(new ConnectionPool { MaxConnections = 1 });
        using var first = await _pair.DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        var clients = new List<Socket>();
        for (var number = 0; number < 5; number++)
        {
            clients.Add(await _pair.DialAsync(front));
            await clients[^1].SendTextAsync(GetOf($"/{number}"));
            await UntilUnderWayAsync(number + 2);
        }

        await server.SendTextAsync(NoContent);
        for (var number = 0; number < clients.Count; number++)
        {
            using var client = clients[number];
            Assert.StartsWith($"GET /{number} ", await server.ReceiveHeadAsync(), StringComparison.Ordinal);
            await server.SendTextAsync(NoContent);
            Assert.StartsWith("HTTP/1.1 204", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Those_that_wait_get_the_place_of_a_connection_that_closes()
    {
        var front = await ServeAsync(new ConnectionPool { MaxConnections = 1 });
        using var first = await _pair.DialAsync(front);
        using var second = await _pair.DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        await second.SendTextAsync(Get);
        await UntilUnderWayAsync(2);
        await server.SendTextAsync("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 204", await first.ReceiveHeadAsync(), StringComparison.Ordinal);
        using var another = await _pair.AcceptRequestAsync();
        await another.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await second.ReceiveHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_idle_gives_its_place_to_one_to_another_endpoint()
    {
        using var here = Listen(backlog: 10);
        using var there = Listen(backlog: 10);
        var served = Task.WhenAll(AnswerAllAsync(here), AnswerAllAsync(there));
        var front = await ServeAsync(new ConnectionPool { MaxConnections = 1 }, ports: [PortOf(here), PortOf(there)]);
        using (var client = await _pair.DialAsync(front))
        {
            for (var request = 0; request < 30; request++)
            {
                await client.SendTextAsync(Get);
                Assert.StartsWith("HTTP/1.1 204", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
            }
        }

        here.Close();
        there.Close();
        _pair.Apply();
        Assert.All(await served.WaitAsync(Until.Patience), count => Assert.InRange(count, 1, 29));
    }

    [Fact]
    public async Task A_request_that_gets_no_connection_in_its_time_is_503_while_the_limit_is_met()
    {
        var front = await ServeAsync(new ConnectionPool { MaxConnections = 1 }, connect: TimeSpan.FromMilliseconds(50));
        using var first = await _pair.DialAsync(front);
        using var second = await _pair.DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        await second.SendTextAsync(Get);
        await AssertRefusedAsync(second, RefusalCode.Overload);
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await first.ReceiveHeadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task An_endpoint_that_takes_no_connection_in_time_is_a_timeout(AppProtocol protocol)
    {
        using var full = Listen(backlog: 0);
        using var filler = await FillAsync(full);
        var front = await ServeAsync(protocol: protocol, connect: TimeSpan.FromMilliseconds(50), ports: [PortOf(full)]);
        using var client = await _pair.DialAsync(front);
        await client.SendTextAsync(Get);
        await AssertRefusedAsync(client, RefusalCode.Timeout);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_request_that_would_have_to_wait_where_enough_wait_is_503_at_once(AppProtocol protocol)
    {
        using var full = Listen(backlog: 0);
        using var filler = await FillAsync(full);
        var front = await ServeAsync(new ConnectionPool { MaxPendingRequests = 1 }, protocol, TimeSpan.FromSeconds(2), [PortOf(full)]);
        using var first = await _pair.DialAsync(front);
        using var second = await _pair.DialAsync(front);
        await first.SendTextAsync(Get);
        await UntilUnderWayAsync(1);
        await second.SendTextAsync(Get);
        await AssertRefusedAsync(second, RefusalCode.Overload);
        await AssertRefusedAsync(first, RefusalCode.Timeout);
    }

    private static string GetOf(string path) => $"GET {path} HTTP/1.1\r\nHost: front.shop.mesh\r\n\r\n";

    private static async Task AssertRefusedAsync(Socket client, RefusalCode code)
    {
        var head = await client.ReceiveHeadAsync();
        Assert.StartsWith($"HTTP/1.1 {RefusalCodes.HttpStatus(code)}", head, StringComparison.Ordinal);
        Assert.Equal(RefusalCodes.Name(code), head.Field("nodemesh-refused"));
    }

    private static Socket Listen(int backlog)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(backlog);
        return listener;
    }

    private static ushort PortOf(Socket listener) => (ushort)((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>Connects to a listener that accepts nothing, so that the kernel answers no further connect.</summary>
    private static async Task<Socket> FillAsync(Socket listener)
    {
        var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(listener.LocalEndPoint!);
        return filler;
    }

    /// <summary>
    /// Answers every request on every connection until the listener closes, each later than the one before so that the other endpoint's turn comes,
    /// and says how many there were.
    /// </summary>
    private static async Task<int> AnswerAllAsync(Socket listener)
    {
        var count = 0;
        while (true)
        {
            Socket connection;
            try
            {
                connection = await listener.AcceptAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return count;
            }

            using (connection)
            {
                for (var buffer = new byte[4096]; await connection.ReceiveAsync(buffer) > 0; count++)
                {
                    await Task.Delay(count);
                    await connection.SendTextAsync(NoContent);
                }
            }
        }
    }

    private Task UntilUnderWayAsync(int count) =>
        Until.TrueAsync(() => _pair.Mesh.Caller.Worker.Exchanges.Count == count, $"{count} requests to be under way");

    /// <param name="ports">Of applications outside the mesh; that of <see cref="HttpPair"/> where none are given.</param>
    private async Task<IPEndPoint> ServeAsync(
        ConnectionPool? pool = null, AppProtocol protocol = AppProtocol.Http, TimeSpan? connect = null, ushort[]? ports = null)
    {
        _pair.Apply(new Service
        {
            Metadata = ResourceMetadata.Of("front", "shop"),
            Vips = [IPAddress.Parse("127.0.0.50")],
            Endpoints = [.. (ports ?? [_pair.Port]).Select(port => new ServiceEndpoint { Address = IPAddress.Loopback, Port = port })],
            Ports = [new ServicePort { Port = 80, TargetPort = new PortReference(_pair.Port), Protocol = protocol }],
            Timeouts = connect is { } time ? new ServiceTimeouts { Connect = time } : new ServiceTimeouts(),
            ConnectionPool = pool ?? new ConnectionPool(),
        });
        return await _pair.Mesh.Caller.CaptureAsync(IpEndpoint.From(IPAddress.Parse("127.0.0.50"), 80));
    }
}
