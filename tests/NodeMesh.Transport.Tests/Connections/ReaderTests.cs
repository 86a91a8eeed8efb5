using System.Buffers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using NodeMesh.Transport.Buffers;

namespace NodeMesh.Transport.Tests.Connections;

public sealed class ReaderTests
{
    [Fact]
    public async Task What_was_examined_is_not_told_again_until_more_comes()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.Peer.SendAsync("abc"u8.ToArray());
        var (again, whole) = (default(ValueTask<string>), "");
        var waited = await wire.OnLoopAsync(async () =>
        {
            var first = await wire.Connection.Input.ReadAsync();
            wire.Connection.Input.AdvanceTo(first.Buffer.GetPosition(1), first.Buffer.End);
            again = ReadTextAsync();
            return !again.IsCompleted && !wire.Connection.Input.TryRead(out _);
        });
        Assert.True(waited);

        await wire.Peer.SendAsync("def"u8.ToArray());
        whole = await wire.OnLoopAsync(() => again);
        Assert.Equal("bcdef", whole);

        async ValueTask<string> ReadTextAsync()
        {
            var read = await wire.Connection.Input.ReadAsync();
            return System.Text.Encoding.ASCII.GetString(read.Buffer.ToArray());
        }
    }

    [Fact]
    public async Task What_was_not_examined_is_told_again_at_once()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.Peer.SendAsync("abcdef"u8.ToArray());
        var lengths = await wire.OnLoopAsync(async () =>
        {
            var seen = new List<long>();
            for (var i = 0; i < 3; i++)
            {
                var read = await wire.Connection.Input.ReadAtLeastAsync(6 - (2 * i));
                seen.Add(read.Buffer.Length);
                wire.Connection.Input.AdvanceTo(read.Buffer.GetPosition(2), read.Buffer.GetPosition(3 < read.Buffer.Length ? 3 : 2));
            }

            return seen;
        });

        Assert.Equal([6, 4, 2], lengths);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_is_consumed_and_examined_the_bytes_come_in_order(int seed)
    {
        await using var wire = await Wire.OpenAsync();
        var sent = new byte[3_000_000];
        new Random(seed).NextBytes(sent);
        var sending = Task.Run(async () =>
        {
            var sizes = new Random(seed + 1000);
            for (var offset = 0; offset < sent.Length;)
            {
                var size = Math.Min(sizes.Next(4) == 0 ? sizes.Next(1, 100_000) : sizes.Next(1, 3000), sent.Length - offset);
                offset += await wire.Peer.SendAsync(sent.AsMemory(offset, size));
            }

            wire.Peer.Shutdown(SocketShutdown.Send);
        });

        var received = await wire.OnLoopAsync(async () =>
        {
            var random = new Random(seed + 2000);
            using var all = new MemoryStream();
            while (true)
            {
                var read = await wire.Connection.Input.ReadAsync();
                Assert.Equal(read.Buffer.Length, wire.Connection.Input.Buffered);
                var consumed = random.Next(3) == 0 ? read.Buffer.Length : random.NextInt64(read.Buffer.Length + 1);
                var examined = random.Next(2) == 0 ? read.Buffer.Length : random.NextInt64(consumed, read.Buffer.Length + 1);
                all.Write(read.Buffer.Slice(0, consumed).ToArray());
                wire.Connection.Input.AdvanceTo(read.Buffer.GetPosition(consumed), read.Buffer.GetPosition(examined));
                if (read.IsCompleted && consumed == read.Buffer.Length)
                {
                    return all.ToArray();
                }
            }
        });

        await sending;
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Unconsumed_bytes_span_as_many_buffers_as_they_need()
    {
        await using var wire = await Wire.OpenAsync();
        var sent = new byte[5 * PooledBuffer.Size];
        new Random(1).NextBytes(sent);
        var sending = wire.Peer.SendAsync(sent);

        var (received, single, rented) = await wire.OnLoopAsync(async () =>
        {
            var read = await wire.Connection.Input.ReadAtLeastAsync(sent.Length);
            var result = (read.Buffer.ToArray(), read.Buffer.IsSingleSegment, wire.Loop.Buffers.Rented);
            wire.Connection.Input.AdvanceTo(read.Buffer.End);
            return result;
        });

        await sending;
        Assert.Equal(sent, received);
        Assert.False(single);
        Assert.InRange(rented, 5, 12);
        Assert.Equal(0, wire.Loop.Buffers.Rented);
    }

    [Fact]
    public async Task A_waiting_reader_holds_no_buffer()
    {
        await using var wire = await Wire.OpenAsync();
        var reading = wire.OnLoopAsync(async () => (await wire.Connection.Input.ReadAsync()).Buffer.Length);
        Assert.Equal(0, await wire.OnLoop(() => wire.Loop.Buffers.Rented));

        await wire.Peer.SendAsync("x"u8.ToArray());
        Assert.Equal(1, await reading);
    }

    [Fact]
    public async Task A_cancelled_read_ends_and_the_next_one_waits_for_bytes()
    {
        await using var wire = await Wire.OpenAsync();
        var reading = wire.OnLoopAsync(() => wire.Connection.Input.ReadAsync());
        await wire.OnLoop(() => wire.Connection.Input.CancelPendingRead());
        Assert.True((await reading).IsCanceled);

        var next = wire.OnLoopAsync(() => wire.Connection.Input.ReadAsync());
        await wire.Peer.SendAsync("x"u8.ToArray());
        var result = await next;
        Assert.False(result.IsCanceled);
        Assert.Equal(1, result.Buffer.Length);
    }

    [Fact]
    public async Task A_cancellation_before_the_read_ends_that_read_alone()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.Peer.SendAsync("x"u8.ToArray());
        var (first, second) = await wire.OnLoopAsync(async () =>
        {
            wire.Connection.Input.CancelPendingRead();
            var one = await wire.Connection.Input.ReadAsync();
            wire.Connection.Input.AdvanceTo(one.Buffer.Start);
            return (one, await wire.Connection.Input.ReadAsync());
        });

        Assert.True(first.IsCanceled);
        Assert.False(second.IsCanceled);
        Assert.Equal(1, second.Buffer.Length);
    }

    [Fact]
    public async Task Bytes_before_a_reset_are_delivered_and_then_the_reset()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.Peer.SendAsync(new byte[50_000]);
        wire.PeerResets();

        var received = await wire.OnLoopAsync(async () =>
        {
            var count = 0L;
            try
            {
                while (true)
                {
                    var read = await wire.Connection.Input.ReadAsync();
                    Assert.False(read.IsCompleted, "a reset was told as an orderly end");
                    count += read.Buffer.Length;
                    wire.Connection.Input.AdvanceTo(read.Buffer.End);
                }
            }
            catch (ConnectionResetException)
            {
                return count;
            }
        });

        Assert.Equal(50_000, received);
    }

    [Fact]
    public async Task A_reset_that_a_send_met_first_is_still_no_orderly_end()
    {
        await using var wire = await Wire.OpenAsync();

        // All in one turn: the kernel gives its error to the first call that asks, and here that is the send.
        var flushed = await wire.OnLoopAsync(async () =>
        {
            wire.PeerResets();
            return await wire.Connection.Output.WriteAsync(new byte[10]);
        });
        Assert.True(flushed.IsCompleted);

        await Assert.ThrowsAsync<ConnectionResetException>(() => wire.OnLoopAsync(() => wire.Connection.Input.ReadAsync()));
    }

    [Fact]
    public async Task An_answer_followed_by_a_close_is_read_whole_though_a_send_failed()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.Peer.SendAsync("bye"u8.ToArray());
        wire.Peer.Dispose();

        var text = await wire.OnLoopAsync(async () =>
        {
            // The second send meets the reset that answers the first.
            while (!(await wire.Connection.Output.WriteAsync(new byte[10])).IsCompleted)
            {
                await Task.Yield();
            }

            var read = await wire.Connection.Input.ReadAtLeastAsync(4);
            Assert.True(read.IsCompleted);
            return System.Text.Encoding.ASCII.GetString(read.Buffer.ToArray());
        });

        Assert.Equal("bye", text);
    }

    [Fact]
    public async Task One_busy_connection_gives_way_to_the_others_of_its_loop()
    {
        await using var wire = await Wire.OpenAsync();
        using var stop = new CancellationTokenSource();
        var flood = Task.Run(async () =>
        {
            var block = new byte[1 << 20];
            for (var sent = 0; sent < 64; sent++)
            {
                for (var offset = 0; offset < block.Length;)
                {
                    offset += await wire.Peer.SendAsync(block.AsMemory(offset));
                }
            }

            wire.Peer.Shutdown(SocketShutdown.Send);
        });

        var (turns, total) = await wire.OnLoopAsync(async () =>
        {
            var begun = wire.Loop.Statistics().Turns;
            var count = 0L;
            while (true)
            {
                var read = await wire.Connection.Input.ReadAsync();
                count += read.Buffer.Length;
                wire.Connection.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return (wire.Loop.Statistics().Turns - begun, count);
                }
            }
        });

        await flood;
        Assert.Equal(64 << 20, total);

        // Eight buffers at a time, at most three times a turn: at readiness, and in both rounds of queued work.
        Assert.True(turns >= (64 << 20) / (25 * PooledBuffer.Size), $"64 MiB in {turns} turns");
    }
}
