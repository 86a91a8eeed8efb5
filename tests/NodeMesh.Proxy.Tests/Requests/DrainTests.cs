using System.Net.Sockets;

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

    private Task DrainAsync() => _pair.Mesh.Caller.OnLoop(() => _pair.Mesh.Caller.Worker.Live.Drain());

    private static async Task AssertNextIsTheLastAsync(Socket client, Socket server)
    {
        await client.SendTextAsync(Get);
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
