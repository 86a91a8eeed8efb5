using System.Net;
using Microsoft.AspNetCore.Http;
using NodeMesh.Resources;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>What operators see of a request.</summary>
public sealed class RequestTelemetryTests
{
    [Theory]
    [InlineData("1.1", "http")]
    [InlineData("2.0", "http2")]
    public async Task Each_request_is_a_line_in_both_nodes_logs_and_counts_in_both_nodes_metrics(string version, string protocol)
    {
        await using var pair = await HttpPair.StartAsync(AppProtocol.Http, TeaAsync, Version.Parse(version));
        for (var i = 0; i < 2; i++)
        {
            using var response = await pair.Client.PostAsync("/pot?n=1", new StringContent("four"));
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        }

        await Until.TrueAsync(() => pair.Mesh.Caller.Lines.Count == 2 && pair.Mesh.Server.Lines.Count == 2, "two lines on each node");
        foreach (var line in pair.Mesh.Caller.Lines.All.Concat(pair.Mesh.Server.Lines.All))
        {
            Assert.Equal("POST", line.GetProperty("method").GetString());
            Assert.Equal("/pot?n=1", line.GetProperty("path").GetString());
            Assert.Equal("orders.shop.mesh", line.GetProperty("authority").GetString());
            Assert.Equal(202, line.GetProperty("status").GetInt32());
            Assert.Equal(4, line.GetProperty("bytes_received").GetInt64());
            Assert.Equal(3, line.GetProperty("bytes_sent").GetInt64());
            Assert.Equal(1, line.GetProperty("tries").GetInt32());
        }

        var (source, destination) = (pair.Mesh.Caller.Lines.All[0], pair.Mesh.Server.Lines.All[0]);
        Assert.Equal(protocol, source.GetProperty("protocol").GetString());
        Assert.Equal(source.GetProperty("request_id").GetString(), destination.GetProperty("request_id").GetString());
        Assert.Equal(source.GetProperty("trace_id").GetString(), destination.GetProperty("trace_id").GetString());
        Assert.Equal(2, pair.Mesh.Caller.Metric("nodemesh_requests_total", "reporter=\"source\",code=\"202\""));
        Assert.Equal(2, pair.Mesh.Server.Metric("nodemesh_requests_total", "reporter=\"destination\",code=\"202\""));
        Assert.Equal(0, pair.Mesh.Caller.Metric("nodemesh_requests_in_flight"));
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(AppProtocol.Http)]
    [InlineData(AppProtocol.Http2)]
    public async Task Upstream_connections_are_counted_by_service_busy_and_idle(AppProtocol application)
    {
        var goOn = new TaskCompletionSource();
        await using var pair = await HttpPair.StartAsync(application, async context =>
        {
            await goOn.Task;
            await TeaAsync(context);
        });
        var asked = pair.Client.GetAsync("/");
        await Until.TrueAsync(() => Upstreams("nodemesh_upstream_connections") == 1, "a connection to the application");
        await Until.TrueAsync(() => Upstreams("nodemesh_upstream_connections_idle") == 0, "it to be busy");
        Assert.Equal(0, Upstreams("nodemesh_upstream_requests_pending"));
        goOn.SetResult();
        using (await asked)
        {
        }

        await Until.TrueAsync(() => Upstreams("nodemesh_upstream_connections_idle") == 1, "it to be idle");
        Assert.Equal(1, Upstreams("nodemesh_upstream_connections"));
        Assert.Equal(1, Upstreams("nodemesh_upstream_connections_opened_total"));
        await pair.AssertNothingIsLeftAsync();
        Assert.Equal(0, Upstreams("nodemesh_upstream_connections"));
        Assert.Equal(0, Upstreams("nodemesh_upstream_connections_idle"));

        double Upstreams(string metric) => pair.Mesh.Server.Metric(metric, "destination_service=\"shop/orders\"");
    }

    [Fact]
    public async Task An_upgraded_connection_is_logged_with_the_status_that_its_client_saw()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await pair.DialAsync();
        await client.SendTextAsync("GET / HTTP/1.1\r\nHost: o\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
        using var server = await pair.AcceptAsync();
        await server.ReceiveHeadAsync();
        await server.SendTextAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 101", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        client.Close();
        server.Close();
        Assert.Equal(101, (await pair.Mesh.Caller.Lines.OnlyAsync()).GetProperty("status").GetInt32());
        Assert.Equal(1, pair.Mesh.Caller.Metric("nodemesh_requests_total", "code=\"101\""));
        await pair.AssertNothingIsLeftAsync();
    }

    private static async Task TeaAsync(HttpContext context)
    {
        // To its end, so that all of it is counted before the answer ends the request.
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.StatusCode = 202;
        await context.Response.WriteAsync("tea");
    }
}
