using System.Net;
using System.Net.Sockets;
using System.Text;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Services;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>The timeouts and limits of a service.</summary>
public sealed class RequestLimitTests : IAsyncLifetime
{
    private const string Get = "GET / HTTP/1.1\r\nHost: front.shop.mesh\r\n\r\n";

    private const string NoContent = "HTTP/1.1 204 No Content\r\n\r\n";

    private HttpPair _pair = null!;

    public static TheoryData<string> Timeouts => ["request", "perTry", "idle"];

    public async Task InitializeAsync() => _pair = await HttpPair.StartRawAsync();

    public async Task DisposeAsync()
    {
        await using var pair = _pair;
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Timeouts))]
    public async Task An_application_that_does_not_answer_in_time_is_504_and_hears_that_nobody_waits(string which)
    {
        // The link is there before time counts.
        await AnswerOneAsync(await ServeAsync());
        var time = TimeSpan.FromMilliseconds(400);
        var front = await ServeAsync(timeouts: which switch
        {
            "request" => new ServiceTimeouts { Request = time },
            "perTry" => new ServiceTimeouts { PerTry = time },
            _ => new ServiceTimeouts { Idle = time },
        });
        using var client = await _pair.DialAsync(front);
        await client.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        var code = which == "idle" ? RefusalCode.StreamIdle : RefusalCode.Timeout;
        var head = await client.ReceiveHeadAsync();
        Assert.StartsWith($"HTTP/1.1 {RefusalCodes.HttpStatus(code)}", head, StringComparison.Ordinal);
        Assert.Equal(RefusalCodes.Name(code), head.Field("nodemesh-refused"));
        await server.AssertIsCutAsync();
    }

    [Fact]
    public async Task Requests_above_the_limits_are_503_at_once()
    {
        var front = await ServeAsync(pool: new ConnectionPool { MaxRequests = 1 });
        using var first = await _pair.DialAsync(front);
        using var second = await _pair.DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
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
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_answers_is_asked_for_no_more_requests_until_it_does()
    {
        const int Requests = 150_000;
        var node = _pair.Mesh.Caller;
        var front = await ServeAsync(pool: new ConnectionPool { MaxRequests = 1 });
        using var first = await _pair.DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();

        // The daemon itself answers these, with 503.
        using var second = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await second.ConnectAsync(front);
        var sent = Task.Run(async () =>
        {
            var hundred = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Get, 100)));
            for (var i = 0; i < Requests / 100; i++)
            {
                await second.SendAsync(hundred);
            }
        });
        var answered = 0.0;
        for (var turns = 0; turns < 100; turns++)
        {
            Assert.InRange((await node.OnLoop(node.Proxy.LoopStatistics))[0].BuffersRented, 0, 128); // 2 MiB: what one receipt asked for may be answered
            if (node.Metric("nodemesh_requests_total") is var now && now > answered)
            {
                (answered, turns) = (now, 0);
            }
        }

        Assert.InRange(answered, 1, Requests / 2);
        var buffer = new byte[64 * 1024];
        for (var (tail, count) = ("", 0); count < Requests;)
        {
            var text = tail + Encoding.ASCII.GetString(buffer, 0, await second.ReceiveAsync(buffer).WaitAsync(Until.Patience));
            var end = text.LastIndexOf('\n') + 1;
            count += text[..end].Split("HTTP/1.1 503").Length - 1;
            tail = text[end..];
        }

        await sent.WaitAsync(Until.Patience);
        await server.SendTextAsync(NoContent);
        await first.ReceiveHeadAsync();
    }

    private async Task AnswerOneAsync(IPEndPoint front)
    {
        using var client = await _pair.DialAsync(front);
        await client.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        await server.SendTextAsync("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        await client.ReceiveHeadAsync();
    }

    private async Task<IPEndPoint> ServeAsync(ServiceTimeouts? timeouts = null, ConnectionPool? pool = null)
    {
        _pair.Apply(new Service
        {
            Metadata = ResourceMetadata.Of("front", "shop"),
            Vips = [IPAddress.Parse("127.0.0.50")],
            Selector = Labels.Of(("app", "orders")),
            Ports = [new ServicePort { Port = 80, TargetPort = new PortReference(_pair.Port), Protocol = AppProtocol.Http }],
            Timeouts = timeouts ?? new ServiceTimeouts(),
            ConnectionPool = pool ?? new ConnectionPool(),
        });
        return await _pair.Mesh.Caller.CaptureAsync(IpEndpoint.From(IPAddress.Parse("127.0.0.50"), 80));
    }
}
