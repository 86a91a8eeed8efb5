using System.Net;
using Microsoft.AspNetCore.Http;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Services;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>Requests to a workload whose daemon knows nothing but tunnels, as that of another mesh: HTTP inside CONNECT.</summary>
public sealed class HbonePeerTests
{
    private const string Get = "GET /x HTTP/1.1\r\nHost: orders.shop.mesh\r\n\r\n";

    private const string NoContent = "HTTP/1.1 204 No Content\r\n\r\n";

    [Theory]
    [InlineData(AppProtocol.Http)]
    [InlineData(AppProtocol.Http2)]
    public async Task Many_requests_at_a_time_each_get_their_own_answer(AppProtocol application)
    {
        await using var pair = await StartAsync(application, RequestTests.Echo, "2.0");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            using var response = await pair.Client.PostAsync($"/{i}", new StringContent($"body {i}"));
            Assert.Equal($"body {i}", await response.Content.ReadAsStringAsync());
        }));
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task The_application_and_the_client_see_what_they_would_see_without_a_mesh_and_the_operator_sees_who_was_asked_under_TLS()
    {
        await using var pair = await StartRawAsync();
        using var client = await pair.DialAsync();
        await client.SendTextAsync("GET /x HTTP/1.1\r\nHost: orders.shop.mesh\r\nnodemesh-workload: shop/other\r\n\r\n");
        using var server = await pair.AcceptAsync();
        var request = await server.ReceiveHeadAsync();
        Assert.StartsWith("GET /x HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.DoesNotContain("nodemesh-", request, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("127.0.0.1", request.Field("x-forwarded-for"));

        await server.SendTextAsync("HTTP/1.1 200 OK\r\nnodemesh-refused: timeout\r\nContent-Length: 0\r\n\r\n");
        var answer = await client.ReceiveHeadAsync();
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Null(answer.Field("nodemesh-refused"));

        var line = await pair.Mesh.Caller.Lines.OnlyAsync();
        Assert.Equal("TLSv1.3", line.GetProperty("tls").GetProperty("version").GetString());
        Assert.Equal($"{pair.Mesh.Authority.Id("orders")}", line.GetProperty("destination").GetProperty("principal").GetString());
        Assert.False(line.TryGetProperty("refusal", out _));
        Assert.Equal(1, pair.Mesh.Caller.Metric("nodemesh_requests_total", "code=\"200\",mutual_tls"));
        Assert.Equal(1, pair.Mesh.Caller.Metric("nodemesh_upstream_connections_idle", "destination_service=\"shop/orders\""));
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
        Assert.Equal(0, pair.Mesh.Caller.Metric("nodemesh_upstream_connections_idle"));
    }

    [Fact]
    public async Task An_upgraded_connection_carries_bytes_both_ways()
    {
        await using var pair = await StartRawAsync();
        using var client = await pair.DialAsync();
        await client.SendTextAsync("GET / HTTP/1.1\r\nHost: o\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
        using var server = await pair.AcceptRequestAsync();
        await server.SendTextAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 101", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        await client.SendTextAsync("question");
        Assert.Equal("question", await server.ReceiveTextAsync(8));
        await server.SendTextAsync("answer");
        Assert.Equal("answer", await client.ReceiveTextAsync(6));
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(AppProtocol.Http)]
    [InlineData(AppProtocol.Http2)]
    public async Task What_is_kept_inside_a_link_ends_with_the_certificate_the_link_was_made_with(AppProtocol application)
    {
        await using var pair = await StartAsync(application, RequestTests.Echo, "1.1");
        await AssertIsServedAsync(pair);
        pair.Mesh.Rotate();
        await Until.TrueAsync(async () => await pair.Mesh.LinksAsync() == 0, "the old link has ended, and what was kept inside");
        await AssertIsServedAsync(pair);
        Assert.Equal(1, await pair.Mesh.StreamsOpenedAsync());
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(AppProtocol.Http)]
    [InlineData(AppProtocol.Http2)]
    public async Task What_is_kept_for_a_workload_ends_when_the_workload_leaves_the_configuration(AppProtocol application)
    {
        await using var pair = await StartAsync(application, RequestTests.Echo, "1.1");
        await AssertIsServedAsync(pair);
        pair.Mesh.ApplyToCaller(MeshPair.Cart, pair.Orders with { Metadata = ResourceMetadata.Of("others", "shop") });
        await Until.TrueAsync(() => pair.Mesh.Caller.Metric("nodemesh_upstream_connections") == 0, "nothing is kept for orders");
        await Until.TrueAsync(() => pair.Mesh.Caller.Metric("nodemesh_mesh_link_streams_open") == 0, "its tunnels have ended");
        Assert.Equal(1, await pair.Mesh.LinksAsync());
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(AppProtocol.Http)]
    [InlineData(AppProtocol.Http2)]
    public async Task A_link_that_is_lost_takes_what_it_carries_along_and_the_next_request_makes_another(AppProtocol application)
    {
        var goOn = new TaskCompletionSource();
        await using var pair = await StartAsync(application, context => context.Request.Path == "/wait" ? goOn.Task : RequestTests.Echo(context), "1.1");
        await AssertIsServedAsync(pair);
        var lost = pair.Client.PostAsync("/wait", new StringContent("x"));
        await Until.TrueAsync(() => pair.Mesh.Server.Worker.Exchanges.Count == 1, "the request is at the application");
        await pair.Mesh.Server.OnLoop(() => pair.Mesh.Server.Worker.Inbound.CloseAll("the test wants it"));
        using (var response = await lost)
        {
            Assert.Equal(RefusalCodes.Name(RefusalCode.UpstreamClosed), response.Headers.GetValues("nodemesh-refused").Single());
        }

        goOn.SetResult();
        await AssertIsServedAsync(pair);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_application_that_does_not_listen_is_503()
    {
        await using var pair = await StartRawAsync();
        pair.Mesh.Application.Dispose();
        var head = await AskAsync(pair);
        Assert.StartsWith("HTTP/1.1 503", head, StringComparison.Ordinal);
        Assert.Equal(RefusalCodes.Name(RefusalCode.ConnectFailed), head.Field("nodemesh-refused"));
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_caller_that_the_peer_does_not_let_in_is_403_and_asks_once()
    {
        await using var pair = await StartRawAsync();
        pair.RelayAtServer(new AuthorizationPolicy { Metadata = ResourceMetadata.Of("nobody", "shop"), Rules = [] });
        var head = await AskAsync(pair);
        Assert.StartsWith("HTTP/1.1 403", head, StringComparison.Ordinal);
        Assert.Equal(1, (await pair.Mesh.Caller.Lines.OnlyAsync()).GetProperty("tries").GetInt32());
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_request_above_the_limit_of_connections_waits_for_the_tunnel_there_is()
    {
        await using var pair = await StartRawAsync();
        pair.Mesh.ApplyToCaller(MeshPair.Cart, pair.Orders, new Service
        {
            Metadata = ResourceMetadata.Of("front", "shop"),
            Vips = [IPAddress.Parse("127.0.0.50")],
            Selector = Labels.Of(("app", "orders")),
            Ports = [new ServicePort { Port = 80, TargetPort = new PortReference(pair.Port), Protocol = AppProtocol.Http }],
            ConnectionPool = new ConnectionPool { MaxConnections = 1 },
        });
        var front = await pair.Mesh.Caller.CaptureAsync(IpEndpoint.From(IPAddress.Parse("127.0.0.50"), 80));
        using var first = await pair.DialAsync(front);
        using var second = await pair.DialAsync(front);
        await first.SendTextAsync(Get);
        using var server = await pair.AcceptRequestAsync();
        await second.SendTextAsync(Get);
        await Until.TrueAsync(() => pair.Mesh.Caller.Metric("nodemesh_upstream_requests_pending") == 1, "the second request waits");
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await first.ReceiveHeadAsync(), StringComparison.Ordinal);
        await server.ReceiveHeadAsync();
        await server.SendTextAsync(NoContent);
        Assert.StartsWith("HTTP/1.1 204", await second.ReceiveHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await pair.Mesh.StreamsOpenedAsync());
        first.Close();
        second.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_client_that_leaves_while_its_tunnel_is_opened_leaves_nothing_behind()
    {
        await using var pair = await StartRawAsync();
        using var wire = new Wire("127.0.0.2", pair.Mesh.Server.MeshAddress.ToIPEndPoint());
        pair.Mesh.MeshPortForCaller = wire.Port;
        pair.Mesh.ApplyToCaller(MeshPair.Cart, pair.Orders);
        using var first = await pair.DialAsync();
        await first.SendTextAsync(Get);
        using var server = await pair.AcceptRequestAsync();
        wire.Freeze();
        using var second = await pair.DialAsync();
        await second.SendTextAsync(Get);
        await Until.TrueAsync(() => pair.Mesh.Caller.Metric("nodemesh_mesh_link_streams_open") == 2, "its CONNECT is on its way");
        second.Close();
        await Until.TrueAsync(() => pair.Mesh.Caller.Metric("nodemesh_mesh_link_streams_open") == 1, "it is taken back");
        first.Close();
        server.Close();
        wire.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    private static Task<HttpPair> StartAsync(AppProtocol application, RequestDelegate handler, string client) =>
        HttpPair.StartAsync(application, handler, Version.Parse(client), LinkProtocol.Hbone);

    /// <summary>The server's daemon carries bytes, so that the application sees what the caller's daemon has sent.</summary>
    private static async Task<HttpPair> StartRawAsync()
    {
        var pair = await HttpPair.StartRawAsync(link: LinkProtocol.Hbone);
        pair.RelayAtServer();
        return pair;
    }

    private static async Task<string> AskAsync(HttpPair pair)
    {
        using var client = await pair.DialAsync();
        return await client.AskAsync(Get);
    }

    private static async Task AssertIsServedAsync(HttpPair pair)
    {
        using var response = await pair.Client.PostAsync("/", new StringContent("text"));
        Assert.Equal("text", await response.Content.ReadAsStringAsync());
    }
}
