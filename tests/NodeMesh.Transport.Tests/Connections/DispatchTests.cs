using System.Buffers;
using Microsoft.AspNetCore.Connections;
using NodeMesh.Transport.Connections;

namespace NodeMesh.Transport.Tests.Connections;

/// <summary>
/// In a turn of a loop all readable sockets receive before any reader goes on. What may happen to a reader in between: its bytes are held
/// already, and it still waits.
/// </summary>
public sealed class DispatchTests
{
    [Fact]
    public async Task All_that_are_readable_receive_before_anyone_goes_on()
    {
        using var fixture = new LoopFixture();
        await using var one = await Wire.OpenAsync(fixture);
        await using var two = await Wire.OpenAsync(fixture);
        var others = new List<long>();
        var reads = await fixture.OnLoop(() => new[] { ReadAsync(one, two), ReadAsync(two, one) });

        await BothReadableAsync(one, two);
        await Task.WhenAll(reads).WaitAsync(Until.Patience);
        Assert.Equal([3, 0], others);

        async Task ReadAsync(Wire own, Wire other)
        {
            var read = await own.Connection.Input.ReadAsync();
            own.Connection.Input.AdvanceTo(read.Buffer.End);
            others.Add(other.Connection.Input.Buffered);
        }
    }

    [Fact]
    public async Task A_reader_that_is_cancelled_in_between_gets_its_bytes_then_and_is_not_woken_again()
    {
        using var fixture = new LoopFixture();
        await using var one = await Wire.OpenAsync(fixture);
        await using var two = await Wire.OpenAsync(fixture);
        var story = new List<string>();
        var first = await fixture.OnLoop(() => CancelOtherAsync(one, two));
        var second = await fixture.OnLoop(() => ReadTwiceAsync(two));

        await BothReadableAsync(one, two);
        await first.WaitAsync(Until.Patience);
        await fixture.OnLoop(() => true);
        Assert.Equal(["cancelled: 3"], story);

        await two.Peer.SendAsync("more"u8.ToArray());
        await second.WaitAsync(Until.Patience);
        Assert.Equal(["cancelled: 3", "went on: 4"], story);

        async Task CancelOtherAsync(Wire own, Wire other)
        {
            await own.Connection.Input.ReadAsync();
            own.Connection.Input.AdvanceTo(default);
            other.Connection.Input.CancelPendingRead();
        }

        async Task ReadTwiceAsync(Wire own)
        {
            for (var i = 0; i < 2; i++)
            {
                var read = await own.Connection.Input.ReadAsync();
                story.Add($"{(read.IsCanceled ? "cancelled" : "went on")}: {read.Buffer.Length}");
                own.Connection.Input.AdvanceTo(read.Buffer.End);
            }
        }
    }

    [Fact]
    public async Task A_connection_that_is_closed_in_between_still_gives_its_reader_the_bytes_and_then_the_reason()
    {
        using var fixture = new LoopFixture();
        await using var one = await Wire.OpenAsync(fixture);
        await using var two = await Wire.OpenAsync(fixture);
        var first = await fixture.OnLoop(() => ThenAsync(one, () => two.Connection.Abort(new ConnectionAbortedException("closed in between"))));
        var second = await fixture.OnLoop(() => ReadToFailureAsync(two));

        await BothReadableAsync(one, two);
        await first.WaitAsync(Until.Patience);
        var (length, reason) = await second.WaitAsync(Until.Patience);
        Assert.Equal(3, length);
        Assert.Equal("closed in between", reason);

        static async Task<(long Length, string Reason)> ReadToFailureAsync(Wire own)
        {
            var read = await own.Connection.Input.ReadAsync();
            var length = read.Buffer.Length;
            own.Connection.Input.AdvanceTo(read.Buffer.End);
            var failure = await Assert.ThrowsAsync<ConnectionAbortedException>(async () => await own.Connection.Input.ReadAsync());
            return (length, failure.Message);
        }
    }

    [Fact]
    public async Task Both_ends_that_are_completed_in_between_give_their_buffer_back_and_close()
    {
        using var fixture = new LoopFixture();
        await using var one = await Wire.OpenAsync(fixture);
        await using var two = await Wire.OpenAsync(fixture);
        var first = await fixture.OnLoop(() => ThenAsync(one, () =>
        {
            two.Connection.Input.Complete();
            two.Connection.Output.Complete();
        }));
        var second = await fixture.OnLoop(() => two.Connection.Input.ReadAsync().AsTask());

        await BothReadableAsync(one, two);
        await first.WaitAsync(Until.Patience);
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => second.WaitAsync(Until.Patience));
        Assert.True(two.Connection.IsClosed);
        Assert.Equal(0, fixture.Loop.Buffers.Rented);
    }

    [Fact]
    public async Task A_reset_in_between_comes_after_the_bytes_that_were_received()
    {
        using var fixture = new LoopFixture();
        await using var wire = await Wire.OpenAsync(fixture);
        var reading = await fixture.OnLoop(() => ReadAsync(wire));
        await wire.OnLoop(() =>
        {
            wire.Peer.Send("abc"u8);
            wire.PeerResets();
        });

        Assert.Equal("3, then a reset", await reading.WaitAsync(Until.Patience));

        static async Task<string> ReadAsync(Wire own)
        {
            var read = await own.Connection.Input.ReadAsync();
            var length = read.Buffer.Length;
            own.Connection.Input.AdvanceTo(read.Buffer.End);
            await Assert.ThrowsAsync<ConnectionResetException>(async () => await own.Connection.Input.ReadAsync());
            return $"{length}, then a reset";
        }
    }

    [Fact]
    public async Task A_wait_for_readiness_receives_nothing_and_ends_by_itself()
    {
        using var fixture = new LoopFixture();
        await using var wire = await Wire.OpenAsync(fixture);
        var input = (SocketPipeReader)wire.Connection.Input;
        var waiting = await fixture.OnLoop(() => input.WaitReadableAsync().AsTask());

        await wire.Peer.SendAsync("abc"u8.ToArray());
        await waiting.WaitAsync(Until.Patience);
        Assert.Equal(0, await fixture.OnLoop(() => input.Buffered));
        var read = await fixture.OnLoopAsync(() => input.ReadAsync());
        Assert.Equal("abc"u8.ToArray(), read.Buffer.ToArray());
    }

    private static async Task ThenAsync(Wire own, Action action)
    {
        var read = await own.Connection.Input.ReadAsync();
        own.Connection.Input.AdvanceTo(read.Buffer.End);
        action();
    }

    /// <summary>Sends to both while the loop is busy, the first before the second: its next wait finds both readable, in this order.</summary>
    private static Task BothReadableAsync(Wire one, Wire two) => one.OnLoop(() =>
    {
        one.Peer.Send("abc"u8);
        two.Peer.Send("abc"u8);
    });
}
