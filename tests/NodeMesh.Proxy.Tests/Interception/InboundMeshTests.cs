using System.Globalization;
using NodeMesh.Http.Http2;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Authorization;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Tests.Interception;

/// <summary>What the mesh listener answers, by the table of the mesh link: status, <c>nodemesh-refused</c>, one line of the log each.</summary>
public sealed class InboundMeshTests
{
    [Theory]
    [InlineData("CONNECT", "127.0.0.2:APP", "nodemesh-workload=shop/cart", "400", "destination-mismatch")]
    [InlineData("CONNECT", "127.0.0.2:1", "", "503", "destination-mismatch")]
    [InlineData("CONNECT", "192.0.2.99:APP", "", "503", "destination-mismatch")]
    [InlineData("CONNECT", "[2001:db8::1]:80", "", "503", "destination-mismatch")]
    [InlineData("CONNECT", "orders", "", "400", "protocol-error")]
    [InlineData("CONNECT", "orders.shop.mesh:80", "", "400", "protocol-error")]
    [InlineData("CONNECT", "127.0.0.2:99999", "", "400", "protocol-error")]
    public async Task A_request_that_cannot_be_served_is_refused(string method, string authority, string header, string status, string refused)
    {
        await using var pair = await MeshPair.StartAsync();
        using var peer = await RawPeer.ConnectAsync(pair);
        var named = header.Split('=') is [var name, var value] ? new[] { (name, value) } : [];

        var port = pair.ApplicationPort.ToString(CultureInfo.InvariantCulture);
        Assert.Equal((status, refused), await peer.AskAsync(authority.Replace("APP", port, StringComparison.Ordinal), method, named));
        var line = await pair.Server.Lines.OnlyAsync();
        Assert.Equal(refused, line.GetProperty("refusal").GetString());
        Assert.Equal(1, pair.Server.Metric("nodemesh_tcp_connections_refused_total", $"refusal=\"{refused}\""));

        // The link itself is unharmed.
        Assert.Equal("200", (await peer.AskAsync($"127.0.0.2:{port}")).Status);
        peer.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_caller_that_no_policy_lets_in_is_refused_with_401()
    {
        await using var pair = await MeshPair.StartAsync();
        pair.Apply(MeshPair.Cart, pair.Orders, OnlyFrom("checkout"));
        using var peer = await RawPeer.ConnectAsync(pair);

        Assert.Equal(("401", "denied-by-policy"), await peer.AskAsync($"127.0.0.2:{pair.ApplicationPort}"));
        peer.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_refusal_reaches_the_log_of_the_callers_node_in_the_same_words()
    {
        await using var pair = await MeshPair.StartAsync();
        pair.Apply(MeshPair.Cart, pair.Orders, OnlyFrom("checkout"));
        await pair.AssertIsRefusedAsync();
        Assert.Equal("denied-by-policy", (await pair.Caller.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        Assert.Equal("denied-by-policy", (await pair.Server.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_link_made_with_one_identity_does_not_open_another_workloads_port()
    {
        await using var pair = await MeshPair.StartAsync();
        var stock = pair.Orders with
        {
            Metadata = ResourceMetadata.Of("stock", "shop"),
            ServiceAccount = "stock",
            Selector = new ProcessSelector { SystemdUnit = "stock.service" },
            Ports = [new WorkloadPort { Name = "main", Port = 81 }],
        };
        pair.Apply(MeshPair.Cart, pair.Orders, stock);
        using var peer = await RawPeer.ConnectAsync(pair, wanted: "stock");

        Assert.Equal(("400", "destination-mismatch"), await peer.AskAsync($"127.0.0.2:{pair.ApplicationPort}"));
        peer.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_application_that_does_not_listen_is_a_503()
    {
        await using var pair = await MeshPair.StartAsync();
        pair.Application.Close();
        using var peer = await RawPeer.ConnectAsync(pair);

        Assert.Equal(("503", "connect-failed"), await peer.AskAsync($"{pair.Endpoint.Address}"));
        peer.Dispose();
        await pair.Server.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_peer_without_server_name_and_our_headers_gets_the_one_identity_there_is()
    {
        await using var pair = await MeshPair.StartAsync();
        using var peer = await RawPeer.ConnectAsync(pair, wanted: null);

        Assert.Equal("200", (await peer.AskAsync($"127.0.0.2:{pair.ApplicationPort}", "CONNECT", ("baggage", "k8s.namespace.name=shop"))).Status);
        using (var server = await pair.Application.AcceptAsync())
        {
            await server.SendAllAsync("welcome"u8.ToArray());
            await peer.ExchangeUntilAsync(() => peer.Received.Length == 7);
            Assert.Equal("welcome", peer.Received.ToString());
        }

        peer.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Data_that_comes_before_the_application_is_connected_is_kept_and_let_go_when_it_cannot_be()
    {
        await using var pair = await MeshPair.StartAsync();
        pair.Application.Close();
        using var peer = await RawPeer.ConnectAsync(pair);
        await peer.ExchangeUntilAsync(() => peer.Engine.IsEstablished);

        var stream = peer.Request($"{pair.Endpoint.Address}");
        Assert.Equal(40_000, stream.WriteData(new byte[40_000], endStream: true));
        await peer.ExchangeUntilAsync(() => peer.Response is not null);
        Assert.Equal("503", peer.Response!.Value.Status);
        peer.Dispose();
        await pair.Server.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_peer_that_leaves_while_the_application_is_being_connected_leaves_nothing_behind()
    {
        await using var pair = await MeshPair.StartAsync();

        using var full = new FullBacklog();
        pair.Apply(MeshPair.Cart, pair.Orders with { Ports = [new WorkloadPort { Name = "main", Port = full.Port }] });

        using var peer = await RawPeer.ConnectAsync(pair);
        var stream = peer.Request($"127.0.0.2:{full.Port}");
        Assert.Equal(1000, stream.WriteData(new byte[1000], endStream: false));
        await peer.FlushAsync();
        await Until.TrueAsync(() => pair.Server.Proxy.OpenConnections == 1, "the connect is under way");
        stream.Reset(Http2ErrorCode.Cancel);
        await peer.FlushAsync();

        var line = await pair.Server.Lines.OnlyAsync();
        Assert.Equal("downstream-closed", line.GetProperty("refusal").GetString());
        Assert.True(line.GetProperty("duration_ms").GetDouble() < 4000, "it did not wait for the connect's deadline");
        peer.Dispose();
        await pair.Server.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData("for=\"192.0.2.77:41000\";host=orders.shop.mesh", "192.0.2.77:41000")]
    [InlineData("for=\"[2001:db8::77]:41000\"", "[2001:db8::77]:41000")]
    [InlineData("for=unknown", null)]
    public async Task The_log_tells_the_client_as_its_daemon_does_and_policies_go_by_the_link(string forwarded, string? client)
    {
        await using var pair = await MeshPair.StartAsync();
        pair.ApplyToServer(MeshPair.Cart, pair.Orders, From("192.0.2.0/24"));
        using var peer = await RawPeer.ConnectAsync(pair);
        var address = $"{peer.Local}";
        Assert.Equal(("401", "denied-by-policy"), await peer.AskAsync($"127.0.0.2:{pair.ApplicationPort}", headers: ("forwarded", forwarded)));
        var source = (await pair.Server.Lines.OnlyAsync()).GetProperty("source");
        Assert.Equal(client ?? address, source.GetProperty("address").GetString());
        Assert.Equal(address, source.GetProperty("via").GetString());

        pair.ApplyToServer(MeshPair.Cart, pair.Orders, From("127.0.0.1/32"));
        Assert.Equal("200", (await peer.AskAsync($"127.0.0.2:{pair.ApplicationPort}", headers: ("forwarded", forwarded))).Status);
        peer.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_call_through_both_nodes_shows_the_clients_own_address_on_both()
    {
        await using var pair = await MeshPair.StartAsync();
        var connection = await pair.ConnectAsync();
        await connection.AssertCarriesAsync();
        var address = connection.Client.LocalEndPoint!.ToString();
        connection.Dispose();
        Assert.Equal(address, (await pair.Caller.Lines.OnlyAsync()).GetProperty("source").GetProperty("address").GetString());
        var source = (await pair.Server.Lines.OnlyAsync()).GetProperty("source");
        Assert.Equal(address, source.GetProperty("address").GetString());
        Assert.NotEqual(address, source.GetProperty("via").GetString());
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Where_mutual_TLS_is_not_asked_for_it_is_taken_all_the_same()
    {
        await using var pair = await MeshPair.StartAsync();
        pair.ApplyToServer(
            MeshPair.Cart, pair.Orders, OnlyFrom("cart"), new PeerAuthentication { Metadata = ResourceMetadata.Of("off", "shop"), Mode = PeerAuthenticationMode.Disable });
        using var peer = await RawPeer.ConnectAsync(pair);
        Assert.Equal("200", (await peer.AskAsync($"127.0.0.2:{pair.ApplicationPort}")).Status);
        peer.Dispose();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_certificate_that_runs_out_lets_open_streams_go_on_and_no_new_ones_begin()
    {
        await using var pair = await MeshPair.StartAsync();
        var svid = pair.Authority.Issue(pair.Authority.Id("cart"), TimeSpan.FromSeconds(2));
        using var peer = await RawPeer.ConnectAsync(pair, svid: svid);
        Assert.Equal("200", (await peer.AskAsync($"127.0.0.2:{pair.ApplicationPort}")).Status);
        using var server = await pair.Application.AcceptAsync();

        await Until.TrueAsync(() => DateTimeOffset.UtcNow > svid.NotAfter, "the certificate has run out");
        Assert.Equal(("401", "tls-untrusted"), await peer.AskAsync($"127.0.0.2:{pair.ApplicationPort}"));
        await server.SendAllAsync("still here"u8.ToArray());
        await peer.ExchangeUntilAsync(() => peer.Received.Length == 10);
        Assert.Equal("still here", peer.Received.ToString());
        peer.Dispose();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    private static AuthorizationPolicy From(string range) => new()
    {
        Metadata = ResourceMetadata.Of("callers", "shop"),
        Action = AuthorizationAction.Allow,
        Rules = [new AuthorizationRule { From = [new AuthorizationSource { IpBlocks = [System.Net.IPNetwork.Parse(range)] }] }],
    };

    private static AuthorizationPolicy OnlyFrom(string serviceAccount) => new()
    {
        Metadata = ResourceMetadata.Of("callers", "shop"),
        Action = AuthorizationAction.Allow,
        Rules = [new AuthorizationRule { From = [new AuthorizationSource { Principals = [Pattern($"spiffe://mesh.example/ns/shop/sa/{serviceAccount}")] }] }],
    };

    private static StringPattern Pattern(string text)
    {
        Assert.True(StringPattern.TryParse(text, out var pattern));
        return pattern;
    }
}
