using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using NodeMesh.Transport.Relaying;

namespace NodeMesh.Transport.Tests.Relaying;

/// <summary>However a relay ends, each side learns the truth and nothing stays.</summary>
public sealed class RelayEndTests
{
    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 8_000_000)]
    [InlineData(false, 0)]
    [InlineData(false, 8_000_000)]
    public async Task One_half_ends_first_and_the_other_goes_on(bool clientFirst, int size)
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        var (first, second) = clientFirst ? (client, server) : (server, client);

        first.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await second.ReceiveAsync(new byte[1]).WaitAsync(Until.Patience));
        var sent = new byte[size];
        new Random(size).NextBytes(sent);
        var sending = Streams.SendAsync(second, sent);
        Assert.Equal(sent, await Streams.ReceiveAsync(first, size));
        await sending;
        second.Shutdown(SocketShutdown.Send);

        Assert.Equal(0, await first.ReceiveAsync(new byte[1]).WaitAsync(Until.Patience));
        Assert.Equal(RelayEnd.Completed, (await harness.Ended).End);
        await AssertNothingStaysAsync(harness);
    }

    [Fact]
    public async Task Bulk_that_is_still_unread_when_both_halves_have_ended_arrives_whole()
    {
        const int SolSocket = 1;
        const int SoReceiveBufferForce = 33;
        const int Size = 4 << 20;
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        server.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]).WaitAsync(Until.Patience));

        // The whole upload and its end wait in the relay's socket before the relay looks: the kernel then says HUP with megabytes unread.
        using var borrowed = new Socket(new SafeSocketHandle(harness.Latest.Client.Socket.Value, ownsHandle: false));
        borrowed.SetRawSocketOption(SolSocket, SoReceiveBufferForce, BitConverter.GetBytes(16 << 20));
        using var gate = new ManualResetEventSlim();
        harness.Fixture.Loop.Post(_ => gate.Wait(Until.Patience), null);
        var sent = new byte[Size];
        new Random(1).NextBytes(sent);
        var sending = Streams.SendAndEndAsync(client, sent);
        await Until.TrueAsync(() => borrowed.Available == Size, "the upload waits in the relay's socket");
        await sending;
        gate.Set();

        // A hang-up by two orderly ends is no reset: nobody has to take it within the patience for one.
        await Task.Delay(harness.CutPatience * 3);
        Assert.Equal(sent, await Streams.ReceiveToEndAsync(server));
        Assert.Equal(RelayEnd.Completed, (await harness.Ended).End);
        Assert.True(harness.Latest.Relay.Splices > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_side_that_is_held_back_and_resets_is_noticed(bool isClient)
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        var (pushing, deaf) = isClient ? (client, server) : (server, client);
        Streams.PushUntilHeldBack(pushing);

        pushing.LingerState = new LingerOption(true, 0);
        pushing.Dispose();

        Assert.Equal(isClient ? RelayEnd.ClientFailed : RelayEnd.UpstreamFailed, (await harness.Ended).End);
        var failure = await Assert.ThrowsAsync<SocketException>(() => Streams.ReceiveToEndAsync(deaf));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        await AssertNothingStaysAsync(harness);
    }

    [Fact]
    public async Task What_was_sent_before_a_reset_still_arrives_at_a_reader_that_goes_on()
    {
        await using var harness = await RelayHarness.StartAsync();
        harness.CutPatience = Until.Patience;
        var (client, server) = await harness.ConnectAsync();
        Streams.PushUntilHeldBack(client);
        var before = harness.Latest.Relay.BytesToUpstream;

        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        await Until.TrueAsync(() => harness.Latest.Client.WasCut, "the relay knows of the reset");

        await Assert.ThrowsAsync<SocketException>(() => Streams.ReceiveToEndAsync(server));
        Assert.Equal(RelayEnd.ClientFailed, (await harness.Ended).End);
        Assert.True(harness.Latest.Relay.BytesToUpstream > before, "what waited in the relay's socket was carried as well");
        await AssertNothingStaysAsync(harness);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_reset_reaches_the_other_side_as_a_reset_also_in_the_middle_of_bulk(bool byClient, bool bulk)
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        var (resetting, other) = byClient ? (client, server) : (server, client);
        if (bulk)
        {
            var sending = Streams.SendAsync(resetting, new byte[4_000_000]);
            await Streams.ReceiveAsync(other, 4_000_000);
            await sending;
        }

        resetting.LingerState = new LingerOption(true, 0);
        resetting.Dispose();

        var failure = await Assert.ThrowsAsync<SocketException>(() => Streams.ReceiveToEndAsync(other));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        Assert.Equal(byClient ? RelayEnd.ClientFailed : RelayEnd.UpstreamFailed, (await harness.Ended).End);
        await AssertNothingStaysAsync(harness);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_receiver_that_resets_while_bulk_waits_for_it_ends_the_relay(bool clientReceives)
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        var (receiver, sender) = clientReceives ? (client, server) : (server, client);
        var sending = Streams.SendAsync(sender, new byte[100_000_000]);
        await Streams.ReceiveAsync(receiver, 1_000_000);

        receiver.LingerState = new LingerOption(true, 0);
        receiver.Dispose();

        await Assert.ThrowsAsync<SocketException>(() => sending);
        Assert.Equal(clientReceives ? RelayEnd.ClientFailed : RelayEnd.UpstreamFailed, (await harness.Ended).End);
        await AssertNothingStaysAsync(harness);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000_000)]
    public async Task An_aborted_relay_resets_both_sides(int underway)
    {
        await using var harness = await RelayHarness.StartAsync();
        var (client, server) = await harness.ConnectAsync();
        var sending = Streams.SendAsync(client, new byte[underway]);
        await Streams.ReceiveAsync(server, underway / 100);

        await harness.Fixture.OnLoop(() =>
        {
            harness.Latest.Relay.Abort(new ConnectionAbortedException("policy"));
            return true;
        });

        await Assert.ThrowsAsync<SocketException>(() => Streams.ReceiveToEndAsync(server));

        // The kernel tells a socket of its reset once: to the send, where one is waiting.
        await Assert.ThrowsAsync<SocketException>(() => underway > 0 ? sending : Streams.ReceiveToEndAsync(client));
        Assert.Equal(RelayEnd.Aborted, (await harness.Ended).End);
        await AssertNothingStaysAsync(harness);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_closes_one_connection_under_a_relay_in_bulk_ends_it(bool client)
    {
        await using var harness = await RelayHarness.StartAsync();
        var (sender, receiver) = await harness.ConnectAsync();
        var sending = Streams.SendAsync(sender, new byte[100_000_000]);
        await Streams.ReceiveAsync(receiver, 1_000_000);

        await harness.Fixture.OnLoop(() =>
        {
            (client ? harness.Latest.Client : harness.Latest.Upstream).Abort();
            return true;
        });

        await Record.ExceptionAsync(() => sending);
        await Assert.ThrowsAsync<SocketException>(() => Streams.ReceiveToEndAsync(receiver));
        Assert.NotEqual(RelayEnd.Completed, (await harness.Ended).End);
        await AssertNothingStaysAsync(harness);
    }

    [Fact]
    public async Task A_peer_that_never_takes_the_last_bytes_is_left_at_the_idle_timeout()
    {
        await using var harness = await RelayHarness.StartAsync(TimeSpan.FromSeconds(2));
        var (client, server) = await harness.ConnectAsync();
        client.Shutdown(SocketShutdown.Send);

        // Little enough to be taken off the server's hands, more than the kernel takes for a client that does not read.
        var sending = Streams.SendAndEndAsync(server, new byte[20_000_000]);
        await Record.ExceptionAsync(() => sending.WaitAsync(Until.Patience));

        Assert.Equal(RelayEnd.IdleTimeout, (await harness.Ended).End);
        await AssertNothingStaysAsync(harness);
        client.Dispose();
    }

    private static async Task AssertNothingStaysAsync(RelayHarness harness)
    {
        // The listener alone.
        await Until.TrueAsync(() => harness.Fixture.Loop.Load == 1, "the connections left the loop");
        await Until.TrueAsync(() => harness.Fixture.Loop.Statistics() is { BuffersRented: 0, Timers: 0 }, "buffers and timers are given back");
    }
}
