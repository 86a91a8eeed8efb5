using NodeMesh.EndToEnd.Tests.Harness;

namespace NodeMesh.EndToEnd.Tests.Http;

/// <summary>Exchanges that last: events that come when they come, and hundreds of requests at a time.</summary>
public class StreamingTests(HttpMesh mesh) : IClassFixture<HttpMesh>
{
    private const int Many = 300;

    [Theory]
    [InlineData("--http1.1", HttpMesh.Declared)]
    [InlineData("--http1.1", HttpMesh.Undeclared)]
    [InlineData("--http2-prior-knowledge", HttpMesh.Declared)]
    public async Task Events_arrive_as_they_are_sent(string version, int port)
    {
        await using var client = mesh.A.Machine.Start(HttpMesh.Caller, "curl", "-sSN", version, "--max-time", "25", $"http://{HttpMesh.App4}:{port}/events");
        foreach (var name in new[] { "first", "second", "third" })
        {
            if (name != "first")
            {
                await mesh.App.WriteLineAsync(name);
            }

            Assert.Equal($"data: {name}", await client.ReadLineAsync());
            Assert.Equal("", await client.ReadLineAsync());
        }

        await mesh.App.WriteLineAsync("");
        Assert.Equal(0, (await client.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task Hundreds_of_requests_at_a_time_share_one_link()
    {
        await using var victim = await mesh.StartVictimAsync();
        await using var client = mesh.A.Machine.Start(
            HttpMesh.Caller with { MaxOpenFiles = 4096 }, "curl", "-sS", "-o", "/dev/null", "--parallel", "--parallel-immediate", "--parallel-max", $"{Many}", "--max-time", "25",
            $"http://{HttpMesh.Victim4}/stuck?[1-{Many}]");

        await Until.TrueAsync(() => victim.Output.Split("GET /stuck").Length - 1 == Many, $"{Many} requests to reach the application");
        var opened = await mesh.A.ScrapeAsync();
        Assert.True(opened.Sum("nodemesh_mesh_link_streams_open", "direction=\"outbound\"") >= Many, opened.Text);
        // At most one link of each event loop for these two identities, whatever other tests have opened.
        Assert.True(opened.Sum("nodemesh_mesh_links_open", "direction=\"outbound\"") < Many / 10, opened.Text);

        await client.KillAsync();
        await Until.TrueAsync(
            async () => (await mesh.A.ScrapeAsync()).Sum("nodemesh_requests_in_flight", "destination_service=\"default/victim\"") == 0
                && (await mesh.B.ScrapeAsync()).Sum("nodemesh_requests_in_flight", "destination_service=\"default/victim\"") == 0,
            "the requests of a dead client to be over");
    }

    [Theory]
    [InlineData("240.240.0.21", HttpMesh.Declared)]
    [InlineData("240.240.0.21", HttpMesh.Undeclared)]
    [InlineData("fd00:240::21", HttpMesh.Declared)]
    [InlineData("fd00:240::21", HttpMesh.Undeclared)]
    public async Task A_WebSocket_echoes_message_by_message(string address, int port)
    {
        await using var client = mesh.A.Machine.StartPeer(HttpMesh.Caller, "websocket_client.py", address, $"{port}", "/websocket");
        Assert.Equal("open", await client.ReadLineAsync());
        foreach (var text in new[] { "moin", new string('x', 5000), "still there" })
        {
            await client.WriteLineAsync(text);
            Assert.Equal(text, await client.ReadLineAsync());
        }

        await client.WriteLineAsync("");
        Assert.Equal("closed 1000", await client.ReadLineAsync());
        Assert.Equal(0, (await client.WaitForExitAsync()).ExitCode);
        await mesh.B.WaitForAccessLogAsync(line => line is { Path: "/websocket", Status: 200 }, "the WebSocket");
    }
}
