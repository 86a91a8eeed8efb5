using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Services;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>The timeouts and limits of a service.</summary>
public sealed class RequestLimitTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: front.shop.mesh\r\n\r\n";

    private const string NoContent = "HTTP/1.1 204 No Content\r\n\r\n";

    public static TheoryData<string> Timeouts => ["request", "perTry", "idle"];

    [Theory]
    [MemberData(nameof(Timeouts))]
    public async Task An_application_that_does_not_answer_in_time_is_504_and_hears_that_nobody_waits(string which)
    {
        var time = TimeSpan.FromMilliseconds(100);
        await using var pair = await HttpPair.StartRawAsync();
        var front = await ServeAsync(pair, timeouts: which switch
        {
            "request" => new ServiceTimeouts { Request = time },
            "perTry" => new ServiceTimeouts { PerTry = time },
            _ => new ServiceTimeouts { Idle = time },
        });
        using var client = await DialAsync(front);
        await client.SendTextAsync(Get);
        using var server = await pair.AcceptAsync();
        await server.ReceiveHeadAsync();
        var code = which == "idle" ? RefusalCode.StreamIdle : RefusalCode.Timeout;
        var head = await client.ReceiveHeadAsync();
        Assert.StartsWith($"HTTP/1.1 {RefusalCodes.HttpStatus(code)}", head, StringComparison.Ordinal);
        Assert.Equal(RefusalCodes.Name(code), head.Field("nodemesh-refused"));
        await server.AssertIsCutAsync();
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_request_above_the_limit_of_connections_waits_for_the_one_there_is()
    {
        await using var pair = await HttpPair.StartRawAsync();
        var front = await ServeAsync(pair, pool: new ConnectionPool { MaxConnections = 1 }, isOutside: true);
        using var first = await DialAsync(front);
        using var second = await DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await pair.AcceptAsync();
        await server.ReceiveHeadAsync();
        await second.SendTextAsync(Get);
        await Until.TrueAsync(() => pair.Mesh.Caller.Worker.Exchanges.Count == 2, "the second request has come");
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await first.ReceiveHeadAsync(), StringComparison.Ordinal);
        await server.ReceiveHeadAsync();
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await second.ReceiveHeadAsync(), StringComparison.Ordinal);
        first.Close();
        second.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_client_that_goes_while_it_waits_for_a_connection_leaves_nothing_behind()
    {
        await using var pair = await HttpPair.StartRawAsync();
        var front = await ServeAsync(pair, pool: new ConnectionPool { MaxConnections = 1 }, isOutside: true);
        using var first = await DialAsync(front);
        using var second = await DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await pair.AcceptAsync();
        await server.ReceiveHeadAsync();
        await second.SendTextAsync(Get);
        await Until.TrueAsync(() => pair.Mesh.Caller.Worker.Exchanges.Count == 2, "the second request has come");
        second.Close();
        await Until.TrueAsync(() => pair.Mesh.Caller.Worker.Exchanges.Count == 1, "the second request has ended");
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await first.ReceiveHeadAsync(), StringComparison.Ordinal);
        first.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Requests_above_the_limits_are_503_at_once()
    {
        await using var pair = await HttpPair.StartRawAsync();
        var front = await ServeAsync(pair, pool: new ConnectionPool { MaxRequests = 1 });
        using var first = await DialAsync(front);
        using var second = await DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await pair.AcceptAsync();
        await server.ReceiveHeadAsync();
        await second.SendTextAsync(Get);
        var head = await second.ReceiveHeadAsync();
        Assert.StartsWith("HTTP/1.1 503", head, StringComparison.Ordinal);
        Assert.Equal(RefusalCodes.Name(RefusalCode.Overload), head.Field("nodemesh-refused"));
        await server.SendTextAsync(NoContent);
        await first.ReceiveHeadAsync();

        await second.SendTextAsync(Get);
        await server.ReceiveHeadAsync();
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await second.ReceiveHeadAsync(), StringComparison.Ordinal);
        first.Close();
        second.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    private static async Task<IPEndPoint> ServeAsync(HttpPair pair, ServiceTimeouts? timeouts = null, ConnectionPool? pool = null, bool isOutside = false)
    {
        pair.Apply(new Service
        {
            Metadata = ResourceMetadata.Of("front", "shop"),
            Vips = [IPAddress.Parse("127.0.0.50")],
            Selector = isOutside ? null : Labels.Of(("app", "orders")),
            Endpoints = isOutside ? [new ServiceEndpoint { Address = IPAddress.Loopback, Port = pair.Port }] : [],
            Ports = [new ServicePort { Port = 80, TargetPort = new PortReference(pair.Port), Protocol = AppProtocol.Http }],
            Timeouts = timeouts ?? new ServiceTimeouts(),
            ConnectionPool = pool ?? new ConnectionPool(),
        });
        return await pair.Mesh.Caller.CaptureAsync(IpEndpoint.From(IPAddress.Parse("127.0.0.50"), 80));
    }

    private static async Task<Socket> DialAsync(IPEndPoint front)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(front);
        return client;
    }
}
