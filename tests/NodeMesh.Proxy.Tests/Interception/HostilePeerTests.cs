using System.Net.Sockets;
using System.Security.Cryptography;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Proxy.Tunnels;

namespace NodeMesh.Proxy.Tests.Interception;

/// <summary>A mesh peer with a valid certificate that behaves badly harms itself alone: an honest connection beside it goes on.</summary>
public sealed class HostilePeerTests
{
    private static readonly MeshLinkOptions Impatient = new()
    {
        KeepAliveIdle = TimeSpan.FromMilliseconds(100),
        KeepAliveTimeout = TimeSpan.FromMilliseconds(300),
        HandshakeTimeout = TimeSpan.FromSeconds(4),
        CloseTimeout = TimeSpan.FromMilliseconds(200),
    };

    [Fact]
    public async Task One_that_speaks_no_HTTP2_is_cut_off()
    {
        await using var pair = await MeshPair.StartAsync();
        var honest = await pair.ConnectAsync();
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            using var peer = await RawPeer.ConnectAsync(pair);
            var garbage = new byte[random.Next(1, 40_000)];
            random.NextBytes(garbage);
            try
            {
                await peer.Tls.WriteAsync(garbage);
                await peer.Tls.CopyToAsync(Stream.Null).WaitAsync(Until.Patience);
            }
            catch (IOException)
            {
                // Cut off by a reset: as good.
            }
        }

        await honest.AssertCarriesAsync();
        honest.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task One_whose_frames_are_damaged_is_cut_off_at_the_latest_when_it_goes_quiet()
    {
        await using var pair = await MeshPair.StartAsync(Impatient);
        var honest = await pair.ConnectAsync();
        var random = new Random(2);
        for (var i = 0; i < 50; i++)
        {
            using var peer = await RawPeer.ConnectAsync(pair);
            await peer.ExchangeUntilAsync(() => peer.Engine.IsEstablished);
            var frames = new byte[2000];
            random.NextBytes(frames);
            for (var at = 0; at + 9 < frames.Length; at += 9 + random.Next(0, 40))
            {
                // Mostly short frames of known types on low streams, so that they get past the first checks.
                frames[at] = frames[at + 1] = 0;
                frames[at + 2] &= 31;
                frames[at + 3] %= 11;
                frames[at + 5] = frames[at + 6] = frames[at + 7] = 0;
                frames[at + 8] &= 7;
            }

            try
            {
                await peer.Tls.WriteAsync(frames);
            }
            catch (IOException)
            {
                // Cut off while it sent.
            }
        }

        await honest.AssertCarriesAsync();
        honest.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task One_that_shakes_hands_and_says_nothing_is_closed()
    {
        await using var pair = await MeshPair.StartAsync(Impatient);
        using var peer = await RawPeer.ConnectAsync(pair);
        await peer.Tls.CopyToAsync(Stream.Null).WaitAsync(Until.Patience);
        Assert.Equal(1, pair.Server.Metric("nodemesh_http2_connections_given_up_total"));
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task One_that_dribbles_its_preface_meets_the_deadline()
    {
        await using var pair = await MeshPair.StartAsync(Impatient);
        using var peer = await RawPeer.ConnectAsync(pair);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            using var patience = new CancellationTokenSource(Until.Patience);
            foreach (var letter in "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray().SelectMany(letter => Enumerable.Repeat(letter, 1)))
            {
                await peer.Tls.WriteAsync(new[] { letter }, patience.Token);
                await Task.Delay(200, patience.Token);
            }

            while (true)
            {
                await peer.Tls.WriteAsync(new byte[] { 0 }, patience.Token);
                await Task.Delay(200, patience.Token);
            }
        });
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task One_that_opens_streams_and_resets_them_is_cut_off()
    {
        await using var pair = await MeshPair.StartAsync();
        var honest = await pair.ConnectAsync();
        using var peer = await RawPeer.ConnectAsync(pair);
        await peer.ExchangeUntilAsync(() => peer.Engine.IsEstablished);
        try
        {
            for (var i = 0; i < 20_000; i++)
            {
                peer.Request($"127.0.0.2:{pair.ApplicationPort}").Reset(Http2ErrorCode.Cancel);
                if (i % 100 == 0)
                {
                    await peer.FlushAsync();
                }
            }

            await peer.AssertIsEndedAsync();
            Assert.Equal(Http2ErrorCode.EnhanceYourCalm, peer.GoAway);
        }
        catch (IOException)
        {
            // Cut off while it sent.
        }

        await honest.AssertCarriesAsync();
        honest.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task One_that_asks_without_end_and_never_reads_is_cut_off_with_bounded_memory()
    {
        await using var pair = await MeshPair.StartAsync();
        var honest = await pair.ConnectAsync();
        using var peer = await RawPeer.ConnectAsync(pair);
        await peer.ExchangeUntilAsync(() => peer.Engine.IsEstablished);
        using var patience = new CancellationTokenSource(Until.Patience);

        // Each is answered with headers and a reset, which nobody takes; sent by hand, since an engine would wait for the answers.
        var most = 0;
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            for (var id = 1; ; id += 200)
            {
                using var wire = new MemoryStream();
                for (var i = 0; i < 100; i++)
                {
                    WriteConnect(wire, id + (2 * i), "127.0.0.2:1");
                }

                await peer.Tls.WriteAsync(wire.ToArray(), patience.Token);
                most = Math.Max(most, pair.Server.Loop.Buffers.Rented);
            }
        });
        Assert.Contains(
            pair.Server.Lines.All, line => line.TryGetProperty("refusal", out var refusal) && refusal.GetString() == "destination-mismatch");
        Assert.InRange(most, 0, 200);
        await honest.AssertCarriesAsync();
        honest.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task One_that_sends_to_an_application_and_never_reads_its_link_is_found_out()
    {
        await using var pair = await MeshPair.StartAsync(Impatient);
        var honest = await pair.ConnectAsync();
        using var peer = await RawPeer.ConnectAsync(
            pair, options: new Http2Options { InitialStreamWindow = 16 * 1024 * 1024, MaxStreamWindow = 16 * 1024 * 1024, ConnectionWindow = 64 * 1024 * 1024 });
        var stream = peer.Request($"127.0.0.2:{pair.ApplicationPort}");
        await peer.ExchangeUntilAsync(() => peer.Response is not null);
        using var server = await pair.Application.AcceptAsync();

        // The application fills the link; the peer keeps it busy with PINGs, so that it counts as alive, and takes nothing.
        var flood = Task.Run(async () =>
        {
            try
            {
                await server.SendAllAsync(RandomNumberGenerator.GetBytes(64 * 1024 * 1024));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // Cut with its stream.
            }
        });
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            using var patience = new CancellationTokenSource(Until.Patience);
            while (true)
            {
                peer.Engine.Ping(1);
                await peer.FlushAsync().WaitAsync(patience.Token);
                await Task.Delay(50, patience.Token);
            }
        });
        await flood;
        Assert.False(stream.IsClosed);
        await honest.AssertCarriesAsync();
        honest.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task One_that_fills_the_memory_for_unread_bytes_pays_with_its_own_streams()
    {
        await using var pair = await MeshPair.StartAsync(new MeshLinkOptions { MaxHeldBytes = 1024 * 1024 });
        var honest = await pair.ConnectAsync();
        await honest.AssertCarriesAsync();
        using var peer = await RawPeer.ConnectAsync(pair);
        await peer.ExchangeUntilAsync(() => peer.Engine.IsEstablished);

        // An application that takes nothing: each stream's bytes stay in the daemon.
        for (var i = 0; i < 100 && peer.LastReset is null; i++)
        {
            peer.Request($"127.0.0.2:{pair.ApplicationPort}").WriteData(new byte[60_000], endStream: false);
            await peer.ExchangeUntilAsync(() => peer.Response is not null);
        }

        for (var i = 0; i < 100 && peer.LastReset is null; i++)
        {
            await peer.ExchangeUntilAsync(() => peer.LastReset is not null || pair.Server.Worker.Memory.Held < 1024 * 1024);
        }

        Assert.InRange(pair.Server.Worker.Memory.Held, 0, 2 * 1024 * 1024);
        await honest.AssertCarriesAsync();
        honest.Dispose();
        peer.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task More_links_than_a_loop_takes_are_turned_away()
    {
        await using var pair = await MeshPair.StartAsync(new MeshLinkOptions { MaxInboundLinks = 3 });
        var peers = new List<RawPeer>();
        for (var i = 0; i < 3; i++)
        {
            peers.Add(await RawPeer.ConnectAsync(pair));
        }

        var failure = await Record.ExceptionAsync(() => RawPeer.ConnectAsync(pair));
        Assert.True(failure is IOException or SocketException, $"{failure}");
        Assert.Equal("overload", (await pair.Server.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        peers[0].Dispose();
        await Until.TrueAsync(() => pair.Server.Metric("nodemesh_mesh_links_open") == 2, "one has left");
        peers.Add(await RawPeer.ConnectAsync(pair));
        peers.ForEach(peer => peer.Dispose());
        await pair.AssertNothingIsLeftAsync();
    }

    /// <summary>A whole CONNECT request in one HEADERS frame, its fields as literals (RFC 7541, section 6.2.2).</summary>
    private static void WriteConnect(MemoryStream wire, int streamId, string authority)
    {
        byte[] block = [2, 7, .. "CONNECT"u8, 1, (byte)authority.Length, .. System.Text.Encoding.ASCII.GetBytes(authority)];
        wire.Write([0, 0, (byte)block.Length, 1, 5, (byte)(streamId >> 24), (byte)(streamId >> 16), (byte)(streamId >> 8), (byte)streamId]);
        wire.Write(block);
    }
}
