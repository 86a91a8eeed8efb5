using System.Net.Sockets;
using NodeMesh.Transport.Timers;

namespace NodeMesh.Transport.Tests.Connections;

/// <summary>Level-triggered readiness that nobody takes must not keep a loop turning.</summary>
public sealed class ReadinessTests
{
    /// <summary>A loop that spins makes tens of thousands of turns meanwhile.</summary>
    private const int TurnsAtMost = 40;

    [Fact]
    public async Task Bytes_that_nobody_reads()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.Peer.SendAsync(new byte[100]);
        await AssertLoopRestsAsync(wire);
    }

    [Fact]
    public async Task An_end_of_stream_that_nobody_reads()
    {
        await using var wire = await Wire.OpenAsync();
        wire.Peer.Shutdown(SocketShutdown.Send);
        await AssertLoopRestsAsync(wire);
    }

    [Fact]
    public async Task A_reset_that_nobody_reads()
    {
        await using var wire = await Wire.OpenAsync();
        wire.PeerResets();
        await AssertLoopRestsAsync(wire);
    }

    [Fact]
    public async Task Both_halves_ended_and_nobody_reads()
    {
        await using var wire = await Wire.OpenAsync();
        wire.Peer.Shutdown(SocketShutdown.Send);
        await wire.OnLoop(() => wire.Connection.Output.Complete());
        await wire.PeerReceivesToEndAsync();
        await AssertLoopRestsAsync(wire);
    }

    [Fact]
    public async Task A_reset_under_a_reader_that_has_ended()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.OnLoop(() => wire.Connection.Input.Complete());
        await wire.Peer.SendAsync(new byte[100]);
        wire.PeerResets();
        await AssertLoopRestsAsync(wire);
    }

    [Fact]
    public async Task A_writer_that_waits_for_room()
    {
        await using var wire = await Wire.OpenAsync(peerReceiveBuffer: 8192);
        await wire.OnLoop(() => _ = wire.Connection.Output.WriteAsync(new byte[1_000_000]).AsTask());
        await AssertLoopRestsAsync(wire);
    }

    [Fact]
    public async Task A_reader_that_waits_and_a_writer_that_has_room()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.OnLoop(() => _ = wire.Connection.Input.ReadAsync().AsTask());
        await wire.OnLoop(() => _ = wire.Connection.Output.WriteAsync(new byte[100]).AsTask());
        await wire.PeerReceivesAsync(100);
        await AssertLoopRestsAsync(wire);
    }

    [Fact]
    public async Task After_a_reset_that_nobody_read_a_read_tells_of_it()
    {
        await using var wire = await Wire.OpenAsync();
        await wire.Peer.SendAsync("abc"u8.ToArray());
        wire.PeerResets();
        await AssertLoopRestsAsync(wire);

        await wire.OnLoopAsync(async () =>
        {
            var read = await wire.Connection.Input.ReadAsync();
            Assert.Equal(3, read.Buffer.Length);
            wire.Connection.Input.AdvanceTo(read.Buffer.End);
            await Assert.ThrowsAnyAsync<IOException>(async () => await wire.Connection.Input.ReadAsync());
            return true;
        });
    }

    private static async Task AssertLoopRestsAsync(Wire wire)
    {
        // Two timers in a row of the loop itself: the first leaves what came before behind, between them it should sleep.
        await PassAsync(wire, 20);
        var before = await wire.OnLoop(() => wire.Loop.Statistics().Turns);
        await PassAsync(wire, 100);
        Assert.InRange(wire.Loop.Statistics().Turns - before, 0, TurnsAtMost);
    }

    private static async Task PassAsync(Wire wire, int milliseconds)
    {
        var timer = new SignalTimer();
        await wire.OnLoop(() => wire.Loop.Arm(timer, TimeSpan.FromMilliseconds(milliseconds)));
        await timer.Fired.WaitAsync(Until.Patience);
    }

    private sealed class SignalTimer : LoopTimer
    {
        private readonly TaskCompletionSource _fired = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Fired => _fired.Task;

        protected internal override void OnExpired() => _fired.SetResult();
    }
}
