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

    private static Task TeaAsync(HttpContext context)
    {
        context.Response.StatusCode = 202;
        return context.Response.WriteAsync("tea");
    }
}
