using System.Net.Sockets;
using System.Security.Cryptography;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Relaying;

namespace NodeMesh.Transport.Tests.Relaying;

public sealed class RelayTests
{
    [Fact]
    public async Task Bytes_go_both_ways()
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();

        await client.SendAsync("ping"u8.ToArray());
        Assert.Equal("ping"u8.ToArray(), await ReceiveAsync(server, 4));
        await server.SendAsync("pong"u8.ToArray());
        Assert.Equal("pong"u8.ToArray(), await ReceiveAsync(client, 4));
    }

    [Fact]
    public async Task A_client_that_ends_its_half_still_receives_the_answer()
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();

        await client.SendAsync("question"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("question"u8.ToArray(), await ReceiveToEndAsync(server));
        await server.SendAsync("answer"u8.ToArray());
        server.Shutdown(SocketShutdown.Send);
        Assert.Equal("answer"u8.ToArray(), await ReceiveToEndAsync(client));
        Assert.Equal(RelayEnd.Completed, (await harness.Ended).End);
    }

    [Fact]
    public async Task A_server_that_ends_its_half_still_receives_the_rest()
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();

        server.Shutdown(SocketShutdown.Send);
        Assert.Empty(await ReceiveToEndAsync(client));
        await client.SendAsync("still here"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("still here"u8.ToArray(), await ReceiveToEndAsync(server));
        Assert.Equal(RelayEnd.Completed, (await harness.Ended).End);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(64 * 1024 * 1024)]
    public async Task Bulk_arrives_whole_in_both_directions_at_once(int size)
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        var forth = RandomNumberGenerator.GetBytes(size);
        var back = RandomNumberGenerator.GetBytes(size);

        var sends = Task.WhenAll(SendAndEndAsync(client, forth), SendAndEndAsync(server, back));
        var received = await Task.WhenAll(ReceiveToEndAsync(server), ReceiveToEndAsync(client));
        await sends;

        Assert.Equal(SHA256.HashData(forth), SHA256.HashData(received[0]));
        Assert.Equal(SHA256.HashData(back), SHA256.HashData(received[1]));
        var (relay, end) = await harness.Ended;
        Assert.Equal((RelayEnd.Completed, (long)size, (long)size), (end, relay.BytesToUpstream, relay.BytesToClient));
        Assert.Equal(0, harness.Fixture.Loop.Buffers.Rented);
    }

    [Fact]
    public async Task What_was_looked_at_before_goes_first_all_its_buffers_and_the_end()
    {
        await using var harness = await RelayHarness.StartAsync();
        harness.BeforeRelay = async client =>
        {
            for (var read = await client.Input.ReadAsync(); !read.IsCompleted; read = await client.Input.ReadAsync())
            {
                client.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }

            Assert.Equal(100_000, client.Input.Buffered);
        };
        var sent = RandomNumberGenerator.GetBytes(100_000);
        var (client, server) = await harness.ConnectAsync();

        await SendAndEndAsync(client, sent);
        Assert.Equal(sent, await ReceiveToEndAsync(server));
        server.Shutdown(SocketShutdown.Send);
        Assert.Empty(await ReceiveToEndAsync(client));
        var (relay, end) = await harness.Ended;
        Assert.Equal((RelayEnd.Completed, 100_000L), (end, relay.BytesToUpstream));
        Assert.Equal(0, harness.Fixture.Loop.Buffers.Rented);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_full_buffer_with_an_empty_one_behind_it_goes_and_what_follows_is_waited_for(bool reset)
    {
        await using var harness = await RelayHarness.StartAsync();
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var proceed = new TaskCompletionSource();
        harness.BeforeRelay = async connection =>
        {
            var input = connection.Input;
            while (input.Buffered < PooledBuffer.PayloadSize)
            {
                var read = await input.ReadAsync();
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }

            // It filled its buffer, so more may be there: another is taken for it, and nothing comes.
            var waiting = input.ReadAsync();
            input.CancelPendingRead();
            var cancelled = await waiting;
            Assert.False(cancelled.Buffer.IsSingleSegment);
            input.AdvanceTo(cancelled.Buffer.Start);
            looked.SetResult();
            await proceed.Task;
        };
        var sent = RandomNumberGenerator.GetBytes(PooledBuffer.PayloadSize);
        var (client, server) = await harness.ConnectAsync();
        await client.SendAsync(sent);
        await looked.Task.WaitAsync(Until.Patience);
        if (reset)
        {
            client.LingerState = new LingerOption(true, 0);
            client.Dispose();
        }

        proceed.SetResult();
        if (reset)
        {
            await Assert.ThrowsAsync<SocketException>(() => ReceiveToEndAsync(server));
            Assert.Equal(RelayEnd.ClientFailed, (await harness.Ended).End);
            return;
        }

        Assert.Equal(sent, await ReceiveAsync(server, sent.Length));
        await client.SendAsync("more"u8.ToArray());
        Assert.Equal("more"u8.ToArray(), await ReceiveAsync(server, 4));
    }

    [Fact]
    public async Task A_reset_by_the_client_reaches_the_server_as_a_reset()
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        await client.SendAsync("half a mess"u8.ToArray());
        await ReceiveAsync(server, 11);

        client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        var failure = await Assert.ThrowsAsync<SocketException>(() => ReceiveToEndAsync(server));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        Assert.Equal(RelayEnd.ClientFailed, (await harness.Ended).End);
    }

    [Fact]
    public async Task A_slow_reader_holds_the_sender_back_with_bounded_memory()
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        var data = RandomNumberGenerator.GetBytes(32 * 1024 * 1024);

        var send = SendAndEndAsync(client, data);
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[100_000];
        var mostRented = 0;
        for (int count; (count = await server.ReceiveAsync(buffer)) > 0;)
        {
            hash.AppendData(buffer, 0, count);
            mostRented = Math.Max(mostRented, harness.Fixture.Loop.Buffers.Rented);
        }

        await send;
        Assert.Equal(SHA256.HashData(data), hash.GetHashAndReset());
        Assert.InRange(mostRented, 0, 8);
    }

    [Fact]
    public async Task An_idle_connection_ends_at_the_timeout_and_a_busy_one_does_not()
    {
        await using var harness = await RelayHarness.StartAsync(TimeSpan.FromSeconds(2));
        var (client, server) = await harness.ConnectAsync();
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(new byte[] { 1 });
            await ReceiveAsync(server, 1);
        }

        Assert.Equal(RelayEnd.IdleTimeout, (await harness.Ended).End);
        await Assert.ThrowsAsync<SocketException>(() => ReceiveToEndAsync(client));
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(16 * 1024 * 1024)]
    public async Task One_whose_client_ended_its_half_and_takes_nothing_ends_with_the_idle_time(int size)
    {
        await using var harness = await RelayHarness.StartAsync(TimeSpan.FromMilliseconds(300));
        var (client, server) = await harness.ConnectAsync();
        client.ReceiveBufferSize = 4096;
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await ReceiveToEndAsync(server));
        var sending = server.SendAsync(new byte[size]);

        // As much as fits between the two; whether it is all of it or not, nobody takes it.
        var (_, end) = await harness.Ended;
        Assert.Equal(RelayEnd.IdleTimeout, end);
        await WaitForAsync(() => harness.Fixture.Loop.Load == 1);
        Assert.Equal(0, harness.Fixture.Loop.Buffers.Rented);
        client.Dispose();
        server.Dispose();
        await Record.ExceptionAsync(() => sending);
    }

    [Fact]
    public async Task A_thousand_connections_at_once_leave_nothing_behind()
    {
        await using var harness = await RelayHarness.StartAsync();
        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, _) =>
        {
            var (client, server) = await harness.ConnectAsync();
            await client.SendAsync("x"u8.ToArray());
            client.Shutdown(SocketShutdown.Send);
            server.Shutdown(SocketShutdown.Send);
            await ReceiveToEndAsync(client);
            client.Dispose();
            await ReceiveToEndAsync(server);
            server.Dispose();
        });

        await WaitForAsync(() => harness.Fixture.Loop.Load == 1);
        Assert.Equal(0, harness.Fixture.Loop.Buffers.Rented);
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition())
        {
            await Task.Delay(5, deadline.Token);
        }
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        var buffer = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(filled));
            Assert.NotEqual(0, received);
            filled += received;
        }

        return buffer;
    }

    private static async Task<byte[]> ReceiveToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[65536];
        for (int count; (count = await socket.ReceiveAsync(buffer)) > 0;)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    private static async Task SendAndEndAsync(Socket socket, byte[] data)
    {
        for (var sent = 0; sent < data.Length;)
        {
            sent += await socket.SendAsync(data.AsMemory(sent));
        }

        socket.Shutdown(SocketShutdown.Send);
    }
}
