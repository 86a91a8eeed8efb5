using System.Net.Sockets;

namespace NodeMesh.Proxy.Tests.Tunnels;

/// <summary>The steady state of a relayed connection costs the collector nothing.</summary>
public sealed class AllocationTests
{
    private const int PingPongs = 5000;

    [Theory]
    [InlineData(64)]
    [InlineData(8000)]
    [InlineData(100_000)]
    public async Task A_message_over_a_mesh_link_allocates_nothing_on_either_nodes_loop(int size)
    {
        await using var pair = await MeshPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        var turns = size > 50_000 ? PingPongs / 10 : PingPongs;

        // Buffers, HTTP/2 windows, pooled state machines and tiered code settle first.
        await Task.Run(() => PingPong(client, server, size, turns / 2));
        var (byCaller, byServer) = (long.MaxValue, long.MaxValue);

        // The least of three: a pool that was trimmed may grow again by a buffer, which is no cost of a message. The question itself allocates a
        // little; a message must not, so that it is far below a byte each.
        for (var attempt = 0; attempt < 3 && (byCaller > turns / 2 || byServer > turns / 2); attempt++)
        {
            var before = (await AllocatedAsync(pair.Caller), await AllocatedAsync(pair.Server));
            await Task.Run(() => PingPong(client, server, size, turns));
            var after = (await AllocatedAsync(pair.Caller), await AllocatedAsync(pair.Server));
            byCaller = Math.Min(byCaller, after.Item1 - before.Item1);
            byServer = Math.Min(byServer, after.Item2 - before.Item2);
        }

        Assert.InRange(byCaller, 0, turns / 2);
        Assert.InRange(byServer, 0, turns / 2);
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_idle_connection_over_a_mesh_link_holds_no_buffer()
    {
        await using var pair = await MeshPair.StartAsync();
        var connections = new List<(Socket, Socket)>();
        for (var i = 0; i < 50; i++)
        {
            var connection = await pair.ConnectAsync();
            await connection.AssertCarriesAsync();
            connections.Add(connection);
        }

        await Until.TrueAsync(() => pair.Caller.Loop.Buffers.Rented == 0, "the caller's node holds no buffer");
        await Until.TrueAsync(() => pair.Server.Loop.Buffers.Rented == 0, "nor does the server's");
        connections.ForEach(connection => connection.Dispose());
        await pair.AssertNothingIsLeftAsync();
    }

    private static Task<long> AllocatedAsync(MeshNode node) => node.OnLoop(GC.GetAllocatedBytesForCurrentThread);

    private static void PingPong(Socket client, Socket server, int size, int times)
    {
        var bytes = new byte[size];
        for (var i = 0; i < times; i++)
        {
            client.Send(bytes);
            Receive(server);
            server.Send(bytes);
            Receive(client);
        }

        void Receive(Socket socket)
        {
            for (var at = 0; at < size;)
            {
                at += socket.Receive(bytes, at, size - at, SocketFlags.None);
            }
        }
    }
}
