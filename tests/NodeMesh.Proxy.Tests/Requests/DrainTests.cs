using System.Net.Sockets;
using NodeMesh.Proxy.Tests.Tunnels;

namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>Connections of HTTP/1.1 clients whose daemon drains: a request that is on its way is not lost.</summary>
public sealed class DrainTests : IAsyncLifetime
{
    private const string Get = "GET / HTTP/1.1\r\nHost: orders\r\n\r\n";
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

    private HttpPair _pair = null!;

    public async Task InitializeAsync() => _pair = await HttpPair.StartRawAsync();

    public async Task DisposeAsync() => await _pair.DisposeAsync();

    [Fact]
    public async Task An_idle_connection_takes_one_request_more_whose_answer_says_that_it_was_the_last()
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        await server.SendTextAsync(Answer + "hello");
        Assert.Null((await client.ReceiveHeadAsync()).Field("connection"));
        Assert.Equal("hello", await client.ReceiveTextAsync(5));

        await DrainAsync();

        await AssertNextIsTheLastAsync(client, server);
    }

    [Fact]
    public async Task So_does_one_whose_answer_had_begun()
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        await server.SendTextAsync(Answer);
        Assert.Null((await client.ReceiveHeadAsync()).Field("connection"));

        await DrainAsync();

        await server.SendTextAsync("hello");
        Assert.Equal("hello", await client.ReceiveTextAsync(5));
        await AssertNextIsTheLastAsync(client, server);
    }

    [Fact]
    public async Task An_answer_that_has_not_begun_says_that_it_is_the_last()
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();

        await DrainAsync();

        await server.SendTextAsync(Answer + "hello");
        await AssertIsTheLastAsync(client);
    }

    [Fact]
    public async Task An_idle_connection_that_nobody_uses_is_closed_soon()
    {
        using var client = await _pair.DialAsync();
        await client.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        await server.SendTextAsync(Answer + "hello");
        await client.ReceiveHeadAsync();
        Assert.Equal("hello", await client.ReceiveTextAsync(5));

        await DrainAsync();

        await AssertEndsAsync(client);
        await Until.TrueAsync(() => _pair.Mesh.Caller.Proxy.OpenConnections == 0, "the client's connection ends");
    }

    [Fact]
    public async Task One_that_has_carried_no_request_yet_is_waited_for_longer_than_an_idle_one_whether_its_first_has_begun_or_not()
    {
        using var idle = await _pair.DialAsync();
        await idle.SendTextAsync(Get);
        using var server = await _pair.AcceptRequestAsync();
        await server.SendTextAsync(Answer + "hello");
        await idle.ReceiveHeadAsync();
        Assert.Equal("hello", await idle.ReceiveTextAsync(5));
        using var silent = await _pair.DialAsync();
        using var begun = await _pair.DialAsync();
        await begun.SendTextAsync(Get[..20]);
        await Until.TrueAsync(() => _pair.Mesh.Caller.Proxy.OpenConnections == 3, "all clients are there");

        await DrainAsync();

        await AssertEndsAsync(idle);
        foreach (var (client, rest) in new[] { (silent, Get), (begun, Get[20..]) })
        {
            await AssertNextIsTheLastAsync(client, server, rest);
        }
    }

    [Fact]
    public async Task One_that_has_carried_none_by_the_end_of_the_grace_time_is_cut_then()
    {
        using var client = await _pair.DialAsync();
        await Until.TrueAsync(() => _pair.Mesh.Caller.Proxy.OpenConnections == 1, "the client is there");

        await _pair.Mesh.Caller.Proxy.DrainAsync(TimeSpan.FromMilliseconds(100), new Progress<int>());

        Assert.Equal(0, _pair.Mesh.Caller.Proxy.OpenConnections);
        await client.AssertIsCutAsync();
        Assert.Equal("draining", (await _pair.Mesh.Caller.Lines.OnlyAsync()).GetProperty("refusal").GetString());
    }

    [Fact]
    public async Task So_is_what_came_in_a_tunnel()
    {
        var tunnel = await _pair.Mesh.OpenAsync();
        await Until.TrueAsync(() => _pair.Mesh.Server.Proxy.OpenConnections == 1, "the tunnel is there");

        await _pair.Mesh.Server.Proxy.DrainAsync(TimeSpan.FromMilliseconds(100), new Progress<int>());

        Assert.Equal(0, _pair.Mesh.Server.Proxy.OpenConnections);
        Assert.Equal("draining", (await _pair.Mesh.Server.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        await _pair.Mesh.CloseAsync(tunnel);
    }

    private Task DrainAsync() => _pair.Mesh.Caller.OnLoop(() =>
    {
        _pair.Mesh.Caller.Worker.Shared.IsDraining = true;
        _pair.Mesh.Caller.Worker.Live.Drain();
    });

    private static async Task AssertNextIsTheLastAsync(Socket client, Socket server, string request = Get)
    {
        await client.SendTextAsync(request);
        Assert.StartsWith("GET / ", await server.ReceiveHeadAsync(), StringComparison.Ordinal);
        await server.SendTextAsync(Answer + "hello");
        await AssertIsTheLastAsync(client);
    }

    private static async Task AssertIsTheLastAsync(Socket client)
    {
        Assert.Equal("close", (await client.ReceiveHeadAsync()).Field("connection"));
        Assert.Equal("hello", await client.ReceiveTextAsync(5));
        await AssertEndsAsync(client);
    }

    private static async Task AssertEndsAsync(Socket client) => Assert.Equal(0, await client.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(10)));
}
