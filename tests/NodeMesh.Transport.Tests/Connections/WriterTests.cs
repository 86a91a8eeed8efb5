using System.Net.Sockets;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Transport.Tests.Connections;

public sealed class WriterTests
{
    [Fact]
    public async Task What_is_written_in_one_turn_goes_out_with_one_call()
    {
        await using var wire = await Wire.OpenAsync();
        var sends = await wire.OnLoopAsync(async () =>
        {
            await Task.Yield();
            for (var i = 0; i < 100; i++)
            {
                wire.Connection.Output.GetSpan(100)[..100].Fill((byte)i);
                wire.Connection.Output.Advance(100);
                await wire.Connection.Output.FlushAsync();
            }

            return wire.Connection.Sends;
        });

        Assert.Equal(0, sends);
        var received = await wire.PeerReceivesAsync(10_000);
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => (byte)(i / 100)), received);
        Assert.Equal(1, wire.Connection.Sends);
    }

    [Fact]
    public async Task Several_buffers_go_out_with_one_call()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.OnLoop(() =>
        {
            for (var i = 0; i < 3; i++)
            {
                wire.Connection.Output.GetSpan(PooledBuffer.Size).Fill((byte)i);
                wire.Connection.Output.Advance(PooledBuffer.Size);
            }

            _ = wire.Connection.Output.FlushAsync().AsTask();
        });

        var received = await wire.PeerReceivesAsync(3 * PooledBuffer.Size);
        Assert.Equal(2, received[^1]);
        Assert.Equal(1, wire.Connection.Sends);
        Assert.Equal(0, await wire.OnLoop(() => wire.Loop.Buffers.Rented));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(1460)]
    [InlineData(20_000)]
    public async Task Partial_sends_keep_the_order(int limit)
    {
        await using var wire = await Wire.OpenAsync(peerReceiveBuffer: 8192);
        wire.Connection.SendLimit = limit;
        var written = new byte[limit * 300];
        new Random(limit).NextBytes(written);
        var receiving = wire.PeerReceivesToEndAsync();

        await wire.OnLoopAsync(async () =>
        {
            var random = new Random(limit);
            for (var offset = 0; offset < written.Length;)
            {
                var size = Math.Min(random.Next(1, 30_000), written.Length - offset);
                if (random.Next(2) == 0)
                {
                    await wire.Connection.Output.WriteAsync(written.AsMemory(offset, size));
                }
                else
                {
                    written.AsSpan(offset, size).CopyTo(wire.Connection.Output.GetSpan(size));
                    wire.Connection.Output.Advance(size);
                    await wire.Connection.Output.FlushAsync();
                }

                offset += size;
            }

            await wire.Connection.Output.CompleteAsync();
            return true;
        });

        Assert.Equal(written, await receiving);
    }

    [Fact]
    public async Task A_flush_waits_at_the_high_water_mark_until_the_peer_reads()
    {
        await using var wire = await Wire.OpenAsync(peerReceiveBuffer: 8192);
        var total = 0;
        var (flushing, pending) = await wire.OnLoop(() =>
        {
            while (true)
            {
                var flush = wire.Connection.Output.WriteAsync(new byte[5000]);
                total += 5000;
                if (!flush.IsCompleted)
                {
                    return (flush.AsTask(), wire.Connection.Output.Pending);
                }
            }
        });
        Assert.InRange(pending, LoopPipeWriter.HighWater, LoopPipeWriter.HighWater + 5000);

        await wire.PeerReceivesAsync(total - 10_000);
        await flushing.WaitAsync(Until.Patience);
        await wire.PeerReceivesAsync(10_000);
        await Until.TrueAsync(() => wire.Loop.Buffers.Rented == 0, "nothing pending, no buffer");
    }

    [Fact]
    public async Task Completing_sends_the_rest_and_then_ends_the_stream()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.OnLoop(() =>
        {
            "last words"u8.CopyTo(wire.Connection.Output.GetSpan(10));
            wire.Connection.Output.Advance(10);
            wire.Connection.Output.Complete();
        });

        Assert.Equal("last words"u8.ToArray(), await wire.PeerReceivesToEndAsync());
        Assert.False(wire.Connection.IsClosed);
    }

    [Fact]
    public async Task Completing_with_an_exception_resets()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.OnLoop(() =>
        {
            wire.Connection.Output.GetSpan(10);
            wire.Connection.Output.Advance(10);
            wire.Connection.Output.Complete(new InvalidOperationException("cut"));
        });

        var failure = await Assert.ThrowsAsync<SocketException>(wire.PeerReceivesToEndAsync);
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        Assert.True(wire.Connection.IsClosed);
    }

    [Fact]
    public async Task A_completed_stream_that_the_peer_does_not_take_can_still_be_cut()
    {
        await using var wire = await Wire.OpenAsync(peerReceiveBuffer: 8192);
        var completing = await wire.OnLoop(() =>
        {
            while (wire.Connection.Output.Pending == 0)
            {
                _ = wire.Connection.Output.WriteAsync(new byte[5000]).AsTask();
            }

            return wire.Connection.Output.CompleteAsync().AsTask();
        });
        Assert.False(completing.IsCompleted);
        Assert.False(wire.Connection.IsClosed);

        await wire.OnLoop(() => wire.Connection.Output.Complete(new InvalidOperationException("cut")));

        await completing.WaitAsync(Until.Patience);
        await Assert.ThrowsAsync<SocketException>(wire.PeerReceivesToEndAsync);
    }

    [Fact]
    public async Task Lent_memory_is_nobody_elses_until_it_is_advanced()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.OnLoopAsync(async () =>
        {
            "one "u8.CopyTo(wire.Connection.Output.GetSpan(4));
            wire.Connection.Output.Advance(4);
            await wire.Connection.Output.FlushAsync();

            // The flush at the end of this turn sends what is there, while the memory stays with us over the await.
            var memory = wire.Connection.Output.GetMemory(100);
            await Task.Yield();
            await Task.Yield();
            var other = wire.Loop.Buffers.Rent();
            Assert.False(other.FreeMemory.Span.Overlaps(memory.Span), "the memory was given to somebody else");
            wire.Loop.Buffers.Return(other);
            "two"u8.CopyTo(memory.Span);
            wire.Connection.Output.Advance(3);
            wire.Connection.Output.Complete();
            return true;
        });

        Assert.Equal("one two"u8.ToArray(), await wire.PeerReceivesToEndAsync());
    }

    [Fact]
    public async Task A_writer_whose_peer_is_gone_keeps_nothing_of_what_is_still_written()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.OnLoopAsync(async () =>
        {
            wire.Connection.Output.GetMemory(10);
            wire.Connection.Abort();
            wire.Connection.Output.Advance(10);
            Assert.True((await wire.Connection.Output.FlushAsync()).IsCompleted);
            Assert.Equal(0, wire.Loop.Buffers.Rented);
            wire.Connection.Output.GetMemory(10);
            wire.Connection.Output.Advance(10);
            wire.Connection.Output.Complete();
            Assert.Equal(0, wire.Loop.Buffers.Rented);
            return true;
        });
    }

    [Fact]
    public async Task A_waiting_flush_ends_when_the_peer_resets()
    {
        await using var wire = await Wire.OpenAsync(peerReceiveBuffer: 8192);
        var flushing = await wire.OnLoop(() => wire.Connection.Output.WriteAsync(new byte[1_000_000]).AsTask());

        wire.PeerResets();

        Assert.True((await flushing.WaitAsync(Until.Patience)).IsCompleted);
    }

    [Fact]
    public async Task A_cancelled_flush_ends_and_loses_nothing()
    {
        await using var wire = await Wire.OpenAsync(peerReceiveBuffer: 8192);
        var flushing = await wire.OnLoop(() => wire.Connection.Output.WriteAsync(new byte[1_000_000]).AsTask());

        await wire.OnLoop(() => wire.Connection.Output.CancelPendingFlush());

        Assert.True((await flushing.WaitAsync(Until.Patience)).IsCanceled);
        await wire.PeerReceivesAsync(1_000_000);
    }
}
