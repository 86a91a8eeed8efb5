using System.Net.Sockets;
using System.Security.Cryptography;
using NodeMesh.Transport.Relaying;

namespace NodeMesh.Transport.Tests.Relaying;

/// <summary>What relayed connections hold and use while nothing, little or much flows.</summary>
public sealed class RelayCostTests
{
    [Fact]
    public async Task Ten_thousand_messages_allocate_nothing_on_the_loop()
    {
        await using var harness = await RelayHarness.StartAsync(TimeSpan.FromMinutes(5));
        var (client, server) = await harness.ConnectAsync();
        await PingPongAsync(client, server, 2000);

        // The runtime allocates once in a while for itself when it recompiles what became hot; a message that allocates does so each time.
        var allocated = new List<long>();
        for (var round = 0; round < 3; round++)
        {
            var before = await AllocatedAsync(harness);
            await PingPongAsync(client, server, 10_000);
            allocated.Add(await AllocatedAsync(harness) - before);
        }

        Assert.Equal(0, allocated.Min());
        Assert.InRange(allocated.Max(), 0, 1000);
    }

    [Fact]
    public async Task Idle_connections_hold_no_buffers_before_between_and_after_messages()
    {
        await using var harness = await RelayHarness.StartAsync();
        var connections = new List<(Socket Client, Socket Server)>();
        for (var i = 0; i < 100; i++)
        {
            connections.Add(await harness.ConnectAsync());
        }

        Assert.Equal(0, harness.Fixture.Loop.Buffers.Rented);
        foreach (var (client, server) in connections)
        {
            await PingPongAsync(client, server, 3);
        }

        await Until.TrueAsync(() => harness.Fixture.Loop.Buffers.Rented == 0, "idle connections hold no buffers");
    }

    [Fact]
    public async Task Bulk_changes_to_splice_small_messages_change_back_and_bulk_again()
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        for (var round = 1; round <= 5; round++)
        {
            var before = harness.Latest.Relay.Splices;
            var data = RandomNumberGenerator.GetBytes(8_000_000);
            var sending = Streams.SendAsync(client, data);
            Assert.Equal(data, await Streams.ReceiveAsync(server, data.Length));
            await sending;
            Assert.True(harness.Latest.Relay.Splices > before, $"round {round} was not spliced");

            before = harness.Latest.Relay.Splices;
            await PingPongAsync(client, server, 100);
            Assert.Equal(before, harness.Latest.Relay.Splices);
        }

        await Until.TrueAsync(() => harness.Fixture.Loop.Buffers.Rented == 0, "no buffers after bulk");
        Assert.Equal(40_000_000 + 500, harness.Latest.Relay.BytesToUpstream);
    }

    [Fact]
    [Trait("Duration", "Long")]
    public async Task A_gigabyte_arrives_as_it_was_sent()
    {
        const long Size = 1L << 30;
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        var sending = Task.Run(async () =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var random = new Random(1);
            var block = new byte[1 << 20];
            random.NextBytes(block);
            for (var sent = 0L; sent < Size; sent += block.Length)
            {
                BitConverter.TryWriteBytes(block, sent);
                hash.AppendData(block);
                await Streams.SendAsync(client, block);
            }

            client.Shutdown(SocketShutdown.Send);
            return hash.GetHashAndReset();
        });

        using var received = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 18];
        var most = 0;
        for (int count; (count = await server.ReceiveAsync(buffer).WaitAsync(Until.Patience)) > 0;)
        {
            received.AppendData(buffer, 0, count);
            most = Math.Max(most, harness.Fixture.Loop.Buffers.Rented);
        }

        Assert.Equal(await sending, received.GetHashAndReset());
        Assert.InRange(most, 0, 8);
        server.Shutdown(SocketShutdown.Send);
        var (relay, end) = await harness.Ended;
        Assert.Equal((RelayEnd.Completed, Size), (end, relay.BytesToUpstream));
    }

    private static async Task PingPongAsync(Socket client, Socket server, int times)
    {
        var byteOut = new byte[] { 1 };
        var byteIn = new byte[1];
        for (var i = 0; i < times; i++)
        {
            await client.SendAsync(byteOut);
            Assert.Equal(1, await server.ReceiveAsync(byteIn));
            await server.SendAsync(byteOut);
            Assert.Equal(1, await client.ReceiveAsync(byteIn));
        }
    }

    /// <summary>What the loop's thread has allocated so far.</summary>
    private static async Task<long> AllocatedAsync(RelayHarness harness)
    {
        var reading = new AllocationReading();
        harness.Fixture.Loop.Post(static state => ((AllocationReading)state!).Take(), reading);
        await Until.TrueAsync(() => reading.Bytes >= 0, "the loop was asked");
        return reading.Bytes;
    }

    private sealed class AllocationReading
    {
        private long _bytes = -1;

        public long Bytes => Volatile.Read(ref _bytes);

        public void Take() => Volatile.Write(ref _bytes, GC.GetAllocatedBytesForCurrentThread());
    }
}
