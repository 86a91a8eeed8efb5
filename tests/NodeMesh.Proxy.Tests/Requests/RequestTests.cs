using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using NodeMesh.Resources;
using NodeMesh.Transport.Tls;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>HTTP requests through two nodes, with real clients and servers at the ends.</summary>
public sealed class RequestTests
{
    public static TheoryData<AppProtocol, string> Versions => new()
    {
        { AppProtocol.Http, "1.1" },
        { AppProtocol.Http, "2.0" },
        { AppProtocol.Http2, "1.1" },
        { AppProtocol.Http2, "2.0" },
    };

    /// <summary>With how many streams twenty requests take, one after the other.</summary>
    public static TheoryData<AppProtocol, string, LinkProtocol, int> VersionsAndLinks
    {
        get
        {
            var data = new TheoryData<AppProtocol, string, LinkProtocol, int>();
            foreach (var row in Versions)
            {
                data.Add((AppProtocol)row[0], (string)row[1], LinkProtocol.NodeMesh, 20);
                data.Add((AppProtocol)row[0], (string)row[1], LinkProtocol.Hbone, 1);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(VersionsAndLinks))]
    public async Task A_request_and_its_response_pass_whole_whatever_versions_the_ends_speak(AppProtocol application, string client, LinkProtocol link, int streams)
    {
        await using var pair = await HttpPair.StartAsync(application, Echo, Version.Parse(client), link);
        for (var i = 0; i < 20; i++)
        {
            var body = new string('x', i * 10_000);
            using var response = await pair.Client.PostAsync($"/echo?n={i}", new StringContent(body));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal($"POST /echo?n={i}", response.Headers.GetValues("x-line").Single());
            Assert.Equal("orders.shop.mesh", response.Headers.GetValues("x-host").Single());
            Assert.Equal(body, await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(streams, await pair.Mesh.StreamsOpenedAsync());
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_request_without_a_host_is_for_where_its_client_connected_to()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await pair.DialAsync();
        await client.SendTextAsync("GET / HTTP/1.0\r\n\r\n");
        using var server = await pair.AcceptAsync();
        Assert.Equal($"127.0.0.2:{pair.Port}", (await server.ReceiveHeadAsync()).Field("host"));
        await server.SendTextAsync("HTTP/1.1 204 No Content\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 204", await client.ReceiveHeadAsync(), StringComparison.Ordinal);
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    internal static async Task Echo(HttpContext context)
    {
        context.Response.Headers["x-line"] = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}";
        context.Response.Headers["x-host"] = context.Request.Host.Value;
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        await context.Response.WriteAsync(await reader.ReadToEndAsync());
    }
}
