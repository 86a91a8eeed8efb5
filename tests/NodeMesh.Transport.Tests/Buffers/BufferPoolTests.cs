using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Transport.Buffers;
using NodeMesh.Transport.Loops;

namespace NodeMesh.Transport.Tests.Buffers;

public sealed class BufferPoolTests
{
    [Fact]
    public void The_buffer_returned_last_is_rented_first()
    {
        var pool = new BufferPool();
        var first = pool.Rent();
        var second = pool.Rent();
        pool.Return(first);
        pool.Return(second);

        Assert.Same(second, pool.Rent());
        Assert.Same(first, pool.Rent());
        Assert.Equal((2, 0), (pool.Rented, pool.Idle));
    }

    [Fact]
    public void A_returned_buffer_comes_back_empty_and_alone()
    {
        var pool = new BufferPool();
        var buffer = pool.Rent();
        buffer.Advance(100);
        buffer.Append(pool.Rent());
        pool.Return(buffer);

        var again = pool.Rent();
        Assert.Same(buffer, again);
        Assert.Equal((0, 0, PooledBuffer.Size), (again.Start, again.End, again.Free));
        Assert.Null(again.Following);
        Assert.Equal((0L, PooledBuffer.Size), (again.RunningIndex, again.Memory.Length));
    }

    [Fact]
    public void After_a_burst_the_idle_buffers_go()
    {
        var pool = new BufferPool();
        Burst(pool, 1000);
        Assert.Equal(1000, pool.Idle);

        pool.Trim();
        Assert.Equal(1000, pool.Idle);
        for (var period = 0; period < 12; period++)
        {
            pool.Trim();
        }

        Assert.Equal(0, pool.Idle);
    }

    [Fact]
    public void Buffers_that_each_period_needs_stay()
    {
        var pool = new BufferPool();
        Burst(pool, 100);
        for (var period = 0; period < 20; period++)
        {
            Burst(pool, 40);
            pool.Trim();
        }

        Assert.InRange(pool.Idle, 40, 41);
    }

    [Fact]
    public void A_large_buffer_is_not_kept()
    {
        var pool = new BufferPool();
        var large = pool.RentLarge(100_000);
        Assert.Equal(100_000, large.Free);

        pool.Return(large);

        Assert.Equal((0, 0), (pool.Rented, pool.Idle));
    }

    [Fact]
    public async Task A_loop_that_has_nothing_more_to_do_still_gives_its_buffers_back()
    {
        using var loop = new EventLoop(0, TimeProvider.System, NullLogger.Instance, TimeSpan.FromMilliseconds(20));
        await loop.InvokeAsync(() =>
        {
            Burst(loop.Buffers, 100);
            return new ValueTask<bool>(true);
        });

        await Until.TrueAsync(() => loop.Statistics().BuffersIdle == 0, "the buffers went");
    }

    private static void Burst(BufferPool pool, int count)
    {
        var rented = Enumerable.Range(0, count).Select(_ => pool.Rent()).ToArray();
        foreach (var buffer in rented)
        {
            pool.Return(buffer);
        }
    }
}
