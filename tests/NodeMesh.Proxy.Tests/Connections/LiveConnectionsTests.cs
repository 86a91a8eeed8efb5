using System.Net.Sockets;
using NodeMesh.Proxy.Tests.Configuration;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Workloads;
using NodeMesh.Spiffe.Bundles;

namespace NodeMesh.Proxy.Tests.Connections;

/// <summary>What happens to open connections when policy, workloads or trust change under them.</summary>
public sealed class LiveConnectionsTests
{
    [Fact]
    public async Task A_policy_that_refuses_a_live_connection_cuts_it_and_leaves_the_others()
    {
        await using var pair = await MeshPair.StartAsync();
        var cart = await pair.ConnectAsync();
        await cart.AssertCarriesAsync();
        var checkout = await pair.OpenAsync("checkout");
        using var checkoutServer = await pair.Application.AcceptAsync();

        pair.ApplyToServer(MeshPair.Cart, pair.Orders, Deny("cart"));
        await cart.Client.AssertIsCutAsync();
        await cart.Server.AssertIsCutAsync();
        var line = await pair.Server.Lines.OnlyAsync();
        Assert.Equal("revoked-by-policy", line.GetProperty("refusal").GetString());
        Assert.Equal("shop/deny[0]", line.GetProperty("policy").GetString());
        Assert.Equal(1, pair.Server.Proxy.OpenConnections);
        await pair.CloseAsync(checkout);
        cart.Dispose();
        checkoutServer.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connection_whose_half_has_ended_is_cut_all_the_same()
    {
        await using var pair = await MeshPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await server.ReceiveToEndAsync());

        pair.ApplyToServer(MeshPair.Cart, pair.Orders, Deny("cart"));
        await client.AssertIsCutAsync();
        Assert.Equal("revoked-by-policy", (await pair.Server.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connection_whose_last_bytes_nobody_takes_is_cut_all_the_same()
    {
        await using var pair = await MeshPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        await client.SendAllAsync("ask"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("ask"u8.ToArray(), await server.ReceiveToEndAsync());

        // Ends with some megabytes on their way to a client that does not read.
        await Task.WhenAny(server.SendAllAsync(new byte[8 * 1024 * 1024]), Until.TrueAsync(() => pair.Caller.Worker.Memory.Held > 60_000, "it piles up"));
        pair.ApplyToCaller(pair.Orders);
        await Until.TrueAsync(() => pair.Caller.Proxy.OpenConnections == 0, "it is cut");
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_dry_run_policy_is_counted_and_cuts_nothing()
    {
        await using var pair = await MeshPair.StartAsync();
        pair.ApplyToServer(MeshPair.Cart, pair.Orders, Deny("cart") with { DryRun = true });
        var connection = await pair.ConnectAsync();
        await connection.AssertCarriesAsync();

        Assert.Equal(1, pair.Server.Metric("nodemesh_authorization_decisions_total", "policy=\"shop/deny\",mode=\"dry-run\",verdict=\"denied\""));
        connection.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_reload_that_changes_nothing_for_a_connection_leaves_it()
    {
        await using var pair = await MeshPair.StartAsync();
        var connection = await pair.ConnectAsync();
        for (var i = 0; i < 5; i++)
        {
            pair.Apply(MeshPair.Cart, pair.Orders, TestMesh.Workload($"other-{i}", "n1", 81));
            await connection.AssertCarriesAsync();
        }

        Assert.Equal(1, await pair.LinksAsync());
        Assert.Equal(0, pair.Server.Metric("nodemesh_tcp_connections_refused_total"));
        connection.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task When_the_source_workload_goes_its_connections_go()
    {
        await using var pair = await MeshPair.StartAsync();
        var connection = await pair.ConnectAsync();
        pair.ApplyToCaller(pair.Orders);

        await connection.Client.AssertIsCutAsync();
        await connection.Server.AssertIsCutAsync();
        Assert.Equal("revoked-by-policy", (await pair.Caller.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        connection.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task When_its_selector_does_not_claim_the_process_any_more_the_connections_of_a_workload_go()
    {
        await using var pair = await MeshPair.StartAsync();
        var connection = await pair.ConnectAsync();
        await connection.AssertCarriesAsync();
        pair.ApplyToCaller(MeshPair.Cart with { Selector = new ProcessSelector { Uid = 4_000_000 } }, pair.Orders);

        await connection.Client.AssertIsCutAsync();
        await connection.Server.AssertIsCutAsync();
        Assert.Equal("revoked-by-policy", (await pair.Caller.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        connection.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(EgressMode.AllowAny, false)]
    [InlineData(EgressMode.RegistryOnly, true)]
    public async Task When_a_workload_comes_to_claim_a_process_its_connections_outside_are_judged_as_the_workloads(EgressMode egress, bool isCut)
    {
        await using var pair = await MeshPair.StartAsync();
        var config = TestMesh.Config with { Egress = new EgressSettings { Mode = egress } };
        pair.ApplyToCaller(pair.Orders, config);
        using var outside = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        outside.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("127.0.0.9"), 0));
        outside.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(await pair.Caller.CaptureAsync(Linux.Sockets.IpEndpoint.From((System.Net.IPEndPoint)outside.LocalEndPoint!)));
        using var server = await outside.AcceptAsync().WaitAsync(Until.Patience);
        await (client, server).AssertCarriesAsync();

        pair.ApplyToCaller(MeshPair.Cart, pair.Orders, config);
        await pair.Caller.OnLoop(() => true);
        if (isCut)
        {
            await client.AssertIsCutAsync();
            Assert.Equal("revoked-by-policy", (await pair.Caller.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        }
        else
        {
            await (client, server).AssertCarriesAsync();
        }

        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_an_endpoint_is_gone_or_its_address_another_workloads_connections_to_it_go(bool reused)
    {
        await using var pair = await MeshPair.StartAsync();
        var connection = await pair.ConnectAsync();
        var other = pair.Orders with { Metadata = ResourceMetadata.Of("stock", "shop"), ServiceAccount = "stock" };
        pair.ApplyToCaller(reused ? [MeshPair.Cart, other] : [MeshPair.Cart]);

        await connection.Client.AssertIsCutAsync();
        await connection.Server.AssertIsCutAsync();
        await Until.TrueAsync(() => pair.Caller.Metric("nodemesh_mesh_links_open") == 0, "its link is not kept for the next who has the address");
        connection.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_change_while_the_application_is_being_connected_is_not_missed()
    {
        await using var pair = await MeshPair.StartAsync();
        using var full = new Interception.FullBacklog();
        var orders = pair.Orders with { Ports = [new WorkloadPort { Name = "main", Port = full.Port }] };
        pair.Apply(MeshPair.Cart, orders);
        using var peer = await Interception.RawPeer.ConnectAsync(pair);
        var asked = peer.AskAsync($"127.0.0.2:{full.Port}");
        await Until.TrueAsync(() => pair.Server.Proxy.OpenConnections == 1, "the connect is under way");

        pair.ApplyToServer(MeshPair.Cart, orders, Deny("cart"));
        full.MakeRoom();
        await asked;
        var line = await pair.Server.Lines.OnlyAsync();
        Assert.Equal("revoked-by-policy", line.GetProperty("refusal").GetString());
        Assert.Equal(0, pair.Server.Metric("nodemesh_tcp_connections_opened_total"));
        peer.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Trust_that_is_taken_away_ends_connections_and_links_under_it(bool atTheCaller)
    {
        await using var pair = await MeshPair.StartAsync();
        var connection = await pair.ConnectAsync();
        await connection.AssertCarriesAsync();

        var node = atTheCaller ? pair.Caller : pair.Server;
        var others = new TrustBundleSet([new MeshAuthority().Bundle]);
        var clock = new ThreadNotingClock();
        node.Proxy.Apply(pair.Authority.Identities(others, clock, atTheCaller ? "cart" : "orders"));
        await connection.Client.AssertIsCutAsync();
        await connection.Server.AssertIsCutAsync();
        var line = await node.Lines.OnlyAsync();
        Assert.Equal("revoked-by-policy", line.GetProperty("refusal").GetString());
        Assert.Contains("no longer trusted", line.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await Until.TrueAsync(() => node.Metric("nodemesh_mesh_links_open") == 0, "its link is closed");
        Assert.NotEmpty(clock.Threads);
        Assert.DoesNotContain(clock.Threads, name => name.StartsWith("loop", StringComparison.Ordinal));
        await pair.AssertIsRefusedAsync();
        connection.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Trust_that_is_taken_away_during_a_handshake_ends_it()
    {
        await using var pair = await MeshPair.StartAsync();
        var others = new TrustBundleSet([new MeshAuthority().Bundle]);
        using var peer = await Interception.RawPeer.ConnectAsync(
            pair, midway: () => pair.Server.Proxy.Apply(pair.Authority.Identities(others, "orders")));

        var line = await pair.Server.Lines.OnlyAsync();
        Assert.Equal("tls-untrusted", line.GetProperty("refusal").GetString());
        Assert.Equal(0, pair.Server.Metric("nodemesh_mesh_links_open"));
        await pair.Caller.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_second_root_beside_the_first_ends_nothing()
    {
        await using var pair = await MeshPair.StartAsync();
        var connection = await pair.ConnectAsync();
        var both = new TrustBundleSet(
            [new TrustBundle(pair.Authority.Bundle.TrustDomain, [pair.Authority.RootCertificate, new MeshAuthority().RootCertificate])]);
        pair.Server.Proxy.Apply(pair.Authority.Identities(both, "orders"));
        pair.Caller.Proxy.Apply(pair.Authority.Identities(both, "cart"));

        await pair.Server.OnLoop(() => true);
        await connection.AssertCarriesAsync();
        connection.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Draining_waits_for_connections_and_ends_with_the_last()
    {
        await using var pair = await MeshPair.StartAsync();
        var connection = await pair.ConnectAsync();
        var left = new List<int>();
        var drained = pair.Server.Proxy.DrainAsync(TimeSpan.FromMinutes(1), new Reports(left));
        await connection.AssertCarriesAsync();
        Assert.False(drained.IsCompleted);

        connection.Dispose();
        await drained.WaitAsync(Until.Patience);
        Assert.Equal(0, left[^1]);
        Assert.Equal(0, pair.Server.Loop.Load);
        await pair.Caller.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Draining_cuts_what_is_left_after_its_time()
    {
        await using var pair = await MeshPair.StartAsync();
        var connection = await pair.ConnectAsync();
        await pair.Server.Proxy.DrainAsync(TimeSpan.FromMilliseconds(200), new Progress<int>()).WaitAsync(Until.Patience);

        await connection.Client.AssertIsCutAsync();
        Assert.Equal("draining", (await pair.Server.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        Assert.Equal(0, pair.Server.Loop.Load);
        connection.Dispose();
        await pair.Caller.AssertNothingIsLeftAsync();
    }

    private static AuthorizationPolicy Deny(string serviceAccount)
    {
        Assert.True(StringPattern.TryParse($"spiffe://mesh.example/ns/shop/sa/{serviceAccount}", out var pattern));
        return new AuthorizationPolicy
        {
            Metadata = ResourceMetadata.Of("deny", "shop"),
            Action = AuthorizationAction.Deny,
            Rules = [new AuthorizationRule { From = [new AuthorizationSource { Principals = [pattern] }] }],
        };
    }

    private sealed class Reports(List<int> all) : IProgress<int>
    {
        public void Report(int value) => all.Add(value);
    }
}
