using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tunnels;

namespace NodeMesh.Proxy.Tests.Tunnels;

/// <summary>How links are dialled, shared, given up and replaced.</summary>
public sealed class MeshLinkPoolTests
{
    private static readonly MeshLinkOptions Impatient = new()
    {
        KeepAliveIdle = TimeSpan.FromMilliseconds(100),
        KeepAliveTimeout = TimeSpan.FromMilliseconds(200),
    };

    [Fact]
    public async Task A_hundred_connections_at_once_share_one_dial()
    {
        await using var pair = await MeshPair.StartAsync();
        var tunnels = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => pair.OpenAsync()));

        Assert.All(tunnels, tunnel => Assert.NotNull(tunnel.Stream));
        Assert.Equal(1, pair.Caller.Metric("nodemesh_mesh_links_opened_total", "outbound"));
        Assert.Equal(1, pair.Server.Metric("nodemesh_mesh_links_opened_total", "inbound"));
        Assert.Equal(100, pair.Caller.Metric("nodemesh_mesh_link_streams_open", "outbound"));
        await pair.CloseAsync(tunnels);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_tunnel_that_is_disposed_of_gives_its_stream_back_and_reaches_it_no_more()
    {
        await using var pair = await MeshPair.StartAsync();
        var tunnel = (await pair.OpenAsync()).Stream!;
        var stream = tunnel.Http2!;
        await pair.Caller.OnLoop(() =>
        {
            tunnel.Dispose();
            tunnel.Dispose();
            return true;
        });

        Assert.Null(tunnel.Http2);
        Assert.True(tunnel.IsClosed);
        Assert.Throws<InvalidOperationException>(() => stream.Connection); // released
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Another_identity_gets_a_link_of_its_own()
    {
        await using var pair = await MeshPair.StartAsync();
        var tunnels = new[] { await pair.OpenAsync("cart"), await pair.OpenAsync("checkout"), await pair.OpenAsync("cart") };

        Assert.Equal(2, await pair.LinksAsync());
        await pair.CloseAsync(tunnels);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_identity_without_a_certificate_is_refused_as_that()
    {
        await using var pair = await MeshPair.StartAsync();
        Assert.Equal(RefusalCode.NoCertificate, (await pair.OpenAsync("nobody")).Refusal);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_dial_that_fails_at_once_is_told_to_everyone_who_waits()
    {
        await using var pair = await MeshPair.StartAsync();
        using (var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            // Bound and not listening: a connect on loopback is refused before it returns.
            nobody.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
            pair.MeshPortForCaller = (ushort)((IPEndPoint)nobody.LocalEndPoint!).Port;
            pair.ApplyToCaller(MeshPair.Cart, pair.Orders);
            var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => pair.OpenAsync())).WaitAsync(Until.Patience);
            Assert.All(results, result => Assert.Equal(RefusalCode.ConnectFailed, result.Refusal));
            Assert.All(results, result => Assert.Contains("Connection refused", result.Detail, StringComparison.Ordinal));
        }

        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_handshake_that_fails_is_told_to_everyone_who_waits_and_none_dials_again()
    {
        await using var pair = await MeshPair.StartAsync();
        using var listener = Listen("127.0.0.2");
        pair.MeshPortForCaller = PortOf(listener);
        pair.ApplyToCaller(MeshPair.Cart, pair.Orders);

        var results = Task.WhenAll(Enumerable.Range(0, 100).Select(_ => pair.OpenAsync()));
        var accepted = await listener.AcceptAsync();
        await Until.TrueAsync(() => pair.Caller.Metric("nodemesh_mesh_link_waiters") == 100, "all wait for one dial");
        accepted.Close();
        Assert.All(await results, result => Assert.Equal(RefusalCode.TlsHandshake, result.Refusal));
        Assert.False(listener.Poll(0, SelectMode.SelectRead), "nobody dialled a second time");
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_peer_that_never_shakes_hands_costs_its_deadline()
    {
        await using var pair = await MeshPair.StartAsync(new MeshLinkOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(200) });
        using var listener = Listen("127.0.0.2");
        pair.MeshPortForCaller = PortOf(listener);
        pair.ApplyToCaller(MeshPair.Cart, pair.Orders);

        Assert.Equal(RefusalCode.Timeout, (await pair.OpenAsync().WaitAsync(Until.Patience)).Refusal);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task When_streams_run_out_more_links_are_dialled()
    {
        await using var pair = await MeshPair.StartAsync(Limited(streams: 2));
        var tunnels = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => pair.OpenAsync()));

        Assert.All(tunnels, tunnel => Assert.True(tunnel.Stream is not null, tunnel.Detail));
        Assert.Equal(5, await pair.LinksAsync());
        await pair.CloseAsync(tunnels);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task When_links_run_out_too_a_connection_waits_for_a_stream()
    {
        await using var pair = await MeshPair.StartAsync(Limited(streams: 2) with { MaxLinksPerKey = 1 });
        var tunnels = new[] { await pair.OpenAsync(), await pair.OpenAsync() };
        var third = pair.OpenAsync();
        await Until.TrueAsync(() => pair.Caller.Metric("nodemesh_mesh_link_waiters") == 1, "the third waits");

        await pair.CloseAsync(tunnels[0]);
        var result = await third.WaitAsync(Until.Patience);
        Assert.NotNull(result.Stream);
        await pair.CloseAsync(tunnels[1], result);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connection_that_waits_too_long_for_a_stream_is_refused_as_overload()
    {
        var options = Limited(streams: 1) with { MaxLinksPerKey = 1, WaitTimeout = TimeSpan.FromMilliseconds(100) };
        await using var pair = await MeshPair.StartAsync(options);
        var first = await pair.OpenAsync();

        Assert.Equal(RefusalCode.Overload, (await pair.OpenAsync().WaitAsync(Until.Patience)).Refusal);
        await pair.CloseAsync(first);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Who_stops_waiting_is_told_at_once_and_the_others_go_on_waiting()
    {
        await using var pair = await MeshPair.StartAsync(Limited(streams: 1) with { MaxLinksPerKey = 1 });
        var first = await pair.OpenAsync();
        using var leaves = new CancellationTokenSource();
        var second = pair.OpenAsync(cancellation: leaves.Token);
        var third = pair.OpenAsync();
        await Until.TrueAsync(() => pair.Caller.Metric("nodemesh_mesh_link_waiters") == 2, "both wait");

        await pair.Caller.OnLoop(leaves.Cancel);
        Assert.Equal(RefusalCode.DownstreamClosed, (await second.WaitAsync(Until.Patience)).Refusal);
        await pair.CloseAsync(first);
        var result = await third.WaitAsync(Until.Patience);
        Assert.NotNull(result.Stream);
        await pair.CloseAsync(result);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_link_that_the_peer_retires_finishes_its_streams_while_new_ones_take_a_new_link()
    {
        await using var pair = await MeshPair.StartAsync();
        var old = await pair.ConnectAsync();
        await old.AssertCarriesAsync();

        await pair.Server.OnLoop(() => pair.Server.Worker.Inbound.Retire(_ => true));
        await Until.TrueAsync(
            () => pair.Caller.OnLoop(() => pair.Caller.Worker.Links.Links.All(link => link.Engine.IsDraining)), "the GOAWAY arrived");
        var young = await pair.ConnectAsync();
        Assert.Equal(2, await pair.LinksAsync());
        await old.AssertCarriesAsync();
        await young.AssertCarriesAsync();

        old.Dispose();
        await Until.TrueAsync(() => pair.Caller.Metric("nodemesh_mesh_links_open") == 1, "the retired link closed with its last stream");
        await Until.TrueAsync(() => pair.Server.Metric("nodemesh_mesh_links_open") == 1, "at the far side too");
        await young.AssertCarriesAsync();
        young.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_link_without_streams_closes_after_its_time()
    {
        await using var pair = await MeshPair.StartAsync(Impatient with { IdleTimeout = TimeSpan.FromMilliseconds(300) });
        var connection = await pair.ConnectAsync();
        await connection.AssertCarriesAsync();
        connection.Dispose();

        await Until.TrueAsync(() => pair.Caller.Metric("nodemesh_mesh_links_open") == 0, "the idle link closed");
        await Until.TrueAsync(() => pair.Server.Metric("nodemesh_mesh_links_open") == 0, "at the far side too");
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_peer_that_died_without_a_word_is_found_out_and_its_connections_end()
    {
        await using var pair = await MeshPair.StartAsync(Impatient);
        using var wire = Between(pair);
        var connection = await pair.ConnectAsync();
        await connection.AssertCarriesAsync();

        wire.Freeze();
        await connection.Client.AssertIsCutAsync();
        await connection.Server.AssertIsCutAsync();
        var line = await pair.Caller.Lines.OnlyAsync();
        Assert.Equal("upstream-closed", line.GetProperty("refusal").GetString());
        Assert.Contains("does not answer", line.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, pair.Caller.Metric("nodemesh_http2_connections_given_up_total", "reason=\"no_answer\""));
        connection.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_link_on_which_a_connection_got_no_answer_takes_no_other()
    {
        await using var pair = await MeshPair.StartAsync(new MeshLinkOptions { ResponseTimeout = TimeSpan.FromMilliseconds(500) });
        using var wire = Between(pair);
        var first = await pair.OpenAsync();
        wire.Freeze();

        Assert.Equal(RefusalCode.Timeout, (await pair.OpenAsync().WaitAsync(Until.Patience)).Refusal);
        var fresh = await pair.OpenAsync().WaitAsync(Until.Patience);
        Assert.True(fresh.Stream is not null, fresh.Detail);
        await pair.CloseAsync(first, fresh);
        wire.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Rotation_under_load_loses_nothing()
    {
        await using var pair = await MeshPair.StartAsync();
        var stop = false;
        var clients = Enumerable.Range(0, 8).Select(_ => TrafficAsync()).ToArray();
        for (var i = 0; i < 10; i++)
        {
            var before = pair.Server.Metric("nodemesh_tcp_connections_opened_total");
            pair.Rotate();
            await Until.TrueAsync(() => pair.Server.Metric("nodemesh_tcp_connections_opened_total") > before + 10, "connections go on");
        }

        Volatile.Write(ref stop, true);
        var carried = await Task.WhenAll(clients);
        Assert.True(carried.Sum() > 100);
        Assert.Equal(0, pair.Caller.Metric("nodemesh_tcp_connections_refused_total"));
        Assert.Equal(0, pair.Server.Metric("nodemesh_tcp_connections_refused_total"));
        await pair.AssertNothingIsLeftAsync();

        async Task<int> TrafficAsync()
        {
            var count = 0;
            for (; !Volatile.Read(ref stop); count++)
            {
                using var client = await pair.DialAsync();
                var sent = RandomNumberGenerator.GetBytes(20_000);
                await client.SendAllAsync(sent);
                client.Shutdown(SocketShutdown.Send);

                // Whichever client's it is: what counts is that each one's bytes arrive whole, and are answered.
                using var server = await pair.Application.AcceptAsync();
                await server.SendAllAsync(SHA256.HashData(await server.ReceiveToEndAsync()));
                server.Shutdown(SocketShutdown.Send);
                Assert.Equal(SHA256.HashData(sent), await client.ReceiveToEndAsync());
            }

            return count;
        }
    }

    [Fact]
    public async Task A_replaced_certificate_retires_its_own_links_alone()
    {
        await using var pair = await MeshPair.StartAsync();
        var identities = pair.Authority.Identities("cart", "checkout");
        pair.Caller.Proxy.Apply(identities);
        var tunnels = new[] { await pair.OpenAsync("cart"), await pair.OpenAsync("checkout") };

        pair.Caller.Proxy.Apply(identities);
        Assert.Equal(2, await pair.Caller.OnLoop(() => pair.Caller.Worker.Links.Links.Count(link => !link.Engine.IsDraining)));
        pair.Caller.Proxy.Apply(pair.Authority.Identities("cart", "checkout"));
        Assert.Equal(0, await pair.Caller.OnLoop(() => pair.Caller.Worker.Links.Links.Count(link => !link.Engine.IsDraining)));
        await pair.CloseAsync(tunnels);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_was_sent_last_arrives_although_its_link_is_retired_under_it()
    {
        await using var pair = await MeshPair.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            var (client, server) = await pair.ConnectAsync();
            var bytes = RandomNumberGenerator.GetBytes(1_000_000);
            var receiving = server.ReceiveToEndAsync();
            var sending = client.SendAllAsync(bytes);
            pair.Rotate();
            await sending;
            server.Shutdown(SocketShutdown.Send);
            client.Close();
            Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(await receiving));
            server.Close();
        }

        await pair.AssertNothingIsLeftAsync();
    }

    private static MeshLinkOptions Limited(int streams)
    {
        var options = new MeshLinkOptions();
        return options with { Http2 = options.Http2 with { MaxConcurrentStreams = streams } };
    }

    private static Wire Between(MeshPair pair)
    {
        var wire = new Wire("127.0.0.2", pair.Server.MeshAddress.ToIPEndPoint());
        pair.MeshPortForCaller = wire.Port;
        pair.ApplyToCaller(MeshPair.Cart, pair.Orders);
        return wire;
    }

    private static Socket Listen(string address)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        listener.Listen();
        return listener;
    }

    private static ushort PortOf(Socket socket) => (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;
}
