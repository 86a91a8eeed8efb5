using System.Net.Sockets;
using System.Security.Cryptography;
using NodeMesh.Resources;

namespace NodeMesh.Proxy.Tests.Tunnels;

/// <summary>Connections of a client through both nodes to an application. None leaves anything behind.</summary>
public sealed class TunnelTests : IAsyncLifetime
{
    private MeshPair _pair = null!;

    public async Task InitializeAsync() => _pair = await MeshPair.StartAsync();

    public async Task DisposeAsync()
    {
        await using var pair = _pair;
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connection_is_carried_over_a_mesh_link_and_both_ends_say_who_it_was()
    {
        var connection = await _pair.ConnectAsync();
        await connection.AssertCarriesAsync();
        connection.Dispose();

        var caller = await _pair.Caller.Lines.OnlyAsync();
        var server = await _pair.Server.Lines.OnlyAsync();
        Assert.Equal("spiffe://mesh.example/ns/shop/sa/cart", caller.GetProperty("source").GetProperty("principal").GetString());
        Assert.Equal("spiffe://mesh.example/ns/shop/sa/cart", server.GetProperty("source").GetProperty("principal").GetString());
        Assert.Equal("spiffe://mesh.example/ns/shop/sa/orders", caller.GetProperty("destination").GetProperty("principal").GetString());
        Assert.Equal("TLSv1.3", server.GetProperty("tls").GetProperty("version").GetString());
        Assert.Equal(4, caller.GetProperty("bytes_sent").GetInt64());
    }

    [Fact]
    public async Task A_connection_goes_over_IPv6()
    {
        await using var pair = await MeshPair.StartAsync(serverAddress: "::1");
        var connection = await pair.ConnectAsync();
        await connection.AssertCarriesAsync();
        connection.Dispose();

        var line = await pair.Server.Lines.OnlyAsync();
        Assert.Equal($"[::1]:{pair.ApplicationPort}", line.GetProperty("destination").GetProperty("address").GetString());
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_port_of_which_no_protocol_is_declared_carries_bytes_whoever_speaks_first(bool isClient)
    {
        _pair.Apply(MeshPair.Cart, _pair.Orders with { Ports = [_pair.Orders.Ports[0] with { Protocol = AppProtocol.Auto }] });
        using var client = await _pair.DialAsync();
        if (isClient)
        {
            await client.SendAllAsync("ping"u8.ToArray());
        }

        using var server = await _pair.Application.AcceptAsync().WaitAsync(Until.Patience);
        if (isClient)
        {
            Assert.Equal("ping"u8.ToArray(), await server.ReceiveAsync(4));
        }

        await server.SendAllAsync("welcome"u8.ToArray());
        Assert.Equal("welcome"u8.ToArray(), await client.ReceiveAsync(7));
        await (client, server).AssertCarriesAsync();
    }

    [Fact]
    public async Task A_client_that_ends_its_half_still_receives_the_answer()
    {
        var (client, server) = await _pair.ConnectAsync();

        await client.SendAllAsync("question"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("question"u8.ToArray(), await server.ReceiveToEndAsync());
        await server.SendAllAsync("answer"u8.ToArray());
        server.Close();
        Assert.Equal("answer"u8.ToArray(), await client.ReceiveToEndAsync());
        client.Close();
    }

    [Fact]
    public async Task A_client_may_send_all_it_has_and_end_its_half_before_it_is_connected()
    {
        var client = await _pair.DialAsync();
        await client.SendAllAsync("early"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);

        var server = await _pair.Application.AcceptAsync();
        Assert.Equal("early"u8.ToArray(), await server.ReceiveToEndAsync());
        await server.SendAllAsync("answer"u8.ToArray());
        server.Close();
        Assert.Equal("answer"u8.ToArray(), await client.ReceiveToEndAsync());
        client.Close();
    }

    [Fact]
    public async Task An_application_that_ends_its_half_first_still_receives_the_rest()
    {
        var (client, server) = await _pair.ConnectAsync();

        await server.SendAllAsync("welcome"u8.ToArray());
        server.Shutdown(SocketShutdown.Send);
        Assert.Equal("welcome"u8.ToArray(), await client.ReceiveToEndAsync());
        await client.SendAllAsync("still here"u8.ToArray());
        client.Close();
        Assert.Equal("still here"u8.ToArray(), await server.ReceiveToEndAsync());
        server.Close();
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(200 * 1024 * 1024)]
    public async Task Bulk_arrives_whole_in_both_directions_at_once(int size)
    {
        var (client, server) = await _pair.ConnectAsync();
        var forth = RandomNumberGenerator.GetBytes(size);
        var back = RandomNumberGenerator.GetBytes(size);

        var sends = Task.WhenAll(SendAndEndAsync(client, forth), SendAndEndAsync(server, back));
        var received = await Task.WhenAll(server.ReceiveToEndAsync(), client.ReceiveToEndAsync());
        await sends;
        Assert.Equal(SHA256.HashData(forth), SHA256.HashData(received[0]));
        Assert.Equal(SHA256.HashData(back), SHA256.HashData(received[1]));
        client.Close();
        server.Close();

        static async Task SendAndEndAsync(Socket socket, byte[] bytes)
        {
            await socket.SendAllAsync(bytes);
            socket.Shutdown(SocketShutdown.Send);
        }
    }

    [Fact]
    public async Task An_application_that_resets_is_a_reset_for_the_client_never_an_end()
    {
        var (client, server) = await _pair.ConnectAsync();
        await (client, server).AssertCarriesAsync();

        server.LingerState = new LingerOption(true, 0);
        server.Close();
        var failure = await Assert.ThrowsAsync<SocketException>(client.ReceiveToEndAsync);
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        client.Close();
    }

    [Fact]
    public async Task A_client_that_resets_is_a_reset_for_the_application()
    {
        var (client, server) = await _pair.ConnectAsync();
        await (client, server).AssertCarriesAsync();

        client.LingerState = new LingerOption(true, 0);
        client.Close();
        var failure = await Assert.ThrowsAsync<SocketException>(server.ReceiveToEndAsync);
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        server.Close();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_side_that_is_held_back_and_resets_is_noticed_on_both_nodes(bool isClient)
    {
        var (client, server) = await _pair.ConnectAsync();
        var (pushing, deaf) = isClient ? (client, server) : (server, client);
        using var stop = new CancellationTokenSource();
        var flood = FloodAsync(pushing, stop.Token);
        var far = isClient ? _pair.Server : _pair.Caller;
        await Until.TrueAsync(() => far.Worker.Memory.Held >= 32 * 1024, "the stream holds what its reader does not take");
        await stop.CancelAsync();
        await flood;

        pushing.LingerState = new LingerOption(true, 0);
        pushing.Close();
        await _pair.AssertNothingIsLeftAsync();
        deaf.Close();
    }

    [Fact]
    public async Task A_stalled_reader_holds_a_bounded_amount_and_harms_no_other_stream_of_its_link()
    {
        var stalled = await _pair.ConnectAsync();
        using var stop = new CancellationTokenSource();
        var flood = FloodAsync(stalled.Server, stop.Token);

        // Half the initial window at least: the rest may have been consumed and not given back yet.
        await Until.TrueAsync(() => _pair.Caller.Worker.Memory.Held >= 32 * 1024, "the stalled stream holds what its reader does not take");

        for (var i = 0; i < 50; i++)
        {
            var other = await _pair.ConnectAsync();
            await other.AssertCarriesAsync();
            var bytes = RandomNumberGenerator.GetBytes(100_000);
            var sending = other.Server.SendAllAsync(bytes);
            Assert.Equal(bytes, await other.Client.ReceiveAsync(bytes.Length));
            await sending;
            other.Dispose();
        }

        Assert.Equal(1, await _pair.LinksAsync());
        Assert.InRange(_pair.Caller.Worker.Memory.Held, 1, 4 * 1024 * 1024);
        Assert.InRange(_pair.Caller.Loop.Buffers.Rented, 1, 600);
        await stop.CancelAsync();
        await flood;
        stalled.Dispose();
    }

    private static async Task FloodAsync(Socket socket, CancellationToken stop)
    {
        var bytes = new byte[64 * 1024];
        try
        {
            while (true)
            {
                await socket.SendAsync(bytes, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }
    }
}
