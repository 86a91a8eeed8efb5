using System.Net;
using System.Net.Sockets;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Telemetry;
using NodeMesh.Proxy.Tests.Configuration;
using NodeMesh.Proxy.Tests.Tunnels;
using NodeMesh.Proxy.Tunnels;
using NodeMesh.Resources;
using NodeMesh.Resources.Authentication;
using NodeMesh.Resources.Mesh;
using NodeMesh.Resources.Services;
using NodeMesh.Resources.Workloads;

namespace NodeMesh.Proxy.Tests.Interception;

/// <summary>Captured connections of local processes, from their attestation to their way.</summary>
public sealed class OutboundTests
{
    private static readonly IpEndpoint Vip = TestMesh.Address("240.240.7.7:80");

    [Fact]
    public async Task When_one_instance_does_not_listen_the_connection_goes_to_the_next()
    {
        await using var pair = await MeshPair.StartAsync();
        var dead = pair.Orders with
        {
            Metadata = ResourceMetadata.Of("orders-2", "shop", Labels.Of(("app", "orders"))),
            Selector = new ProcessSelector { SystemdUnit = "orders-2.service" },
            Ports = [pair.Orders.Ports[0] with { Port = 1 }],
        };
        pair.Apply(MeshPair.Cart, pair.Orders, dead, Service());
        var front = await pair.Caller.CaptureAsync(Vip);
        for (var i = 0; i < 10; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(front);
            using var server = await pair.Application.AcceptAsync().WaitAsync(Until.Patience);
            await (client, server).AssertCarriesAsync();
        }

        Assert.Equal(0, pair.Caller.Metric("nodemesh_tcp_connections_refused_total"));
        Assert.True(pair.Caller.Metric("nodemesh_tcp_connect_retries_total") > 0);
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_client_that_was_looked_at_and_cannot_be_carried_leaves_nothing_behind()
    {
        await using var pair = await MeshPair.StartAsync();
        var dead = pair.Orders with { Ports = [new WorkloadPort { Name = "main", Port = 1 }] };
        pair.Apply(MeshPair.Cart, dead, Service());
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(await pair.Caller.CaptureAsync(Vip));
        client.Send("\0 no HTTP\r\n"u8);
        await client.AssertIsCutAsync();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_client_that_resets_before_its_protocol_is_known_is_no_failure_of_the_daemon()
    {
        await using var pair = await MeshPair.StartAsync();
        var undeclared = pair.Orders with { Ports = [new WorkloadPort { Name = "main", Port = pair.ApplicationPort }] };
        pair.Apply(TestMesh.Config with { Http = new HttpSettings { SniffTimeout = Until.Patience } }, MeshPair.Cart, undeclared, Service());
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(await pair.Caller.CaptureAsync(Vip));
        client.Send("GE"u8);
        await Until.TrueAsync(() => pair.Caller.Loop.Buffers.Rented == 1, "its first bytes to be looked at");
        client.LingerState = new LingerOption(true, 0);
        client.Close();
        var line = await pair.Caller.Lines.OnlyAsync();
        Assert.Equal(RefusalCodes.Name(RefusalCode.DownstreamClosed), line.GetProperty("refusal").GetString());
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task When_the_first_address_of_a_node_does_not_answer_another_is_dialled()
    {
        await using var pair = await MeshPair.StartAsync();
        pair.DeadServerAddress = "127.0.0.4";
        pair.Apply(MeshPair.Cart, pair.Orders);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(await pair.Caller.CaptureAsync(IpEndpoint.From(IPAddress.Parse("127.0.0.4"), pair.ApplicationPort)));
        using var server = await pair.Application.AcceptAsync().WaitAsync(Until.Patience);
        await (client, server).AssertCarriesAsync();
        client.Close();
        server.Close();

        var line = await pair.Caller.Lines.OnlyAsync();
        Assert.Equal("spiffe://mesh.example/ns/shop/sa/orders", line.GetProperty("destination").GetProperty("principal").GetString());
        Assert.False(line.TryGetProperty("refusal", out _));
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_service_whose_instances_all_fail_is_refused_once_with_the_last_reason()
    {
        await using var pair = await MeshPair.StartAsync();
        pair.Application.Close();
        await pair.AssertIsRefusedAsync();
        var line = await pair.Caller.Lines.OnlyAsync();
        Assert.Equal("connect-failed", line.GetProperty("refusal").GetString());
        Assert.Equal(1, pair.Caller.Metric("nodemesh_tcp_connections_refused_total"));
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_while_its_link_is_dialled_is_let_go_long_before_the_dial_ends(bool byReset)
    {
        await using var pair = await MeshPair.StartAsync();
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        silent.Listen();
        pair.MeshPortForCaller = (ushort)((IPEndPoint)silent.LocalEndPoint!).Port;
        pair.ApplyToCaller(MeshPair.Cart, pair.Orders);
        var client = await pair.DialAsync();
        await Until.TrueAsync(() => pair.Caller.Metric("nodemesh_mesh_link_waiters") == 1, "it waits for the link");

        client.Send("early"u8);
        client.Shutdown(SocketShutdown.Send);
        Assert.False(client.Poll(TimeSpan.FromMilliseconds(700), SelectMode.SelectRead), "one that ended its half still waits for the answer");
        client.LingerState = new LingerOption(byReset, 0);
        client.Close();
        var line = await pair.Caller.Lines.OnlyAsync();
        Assert.Equal("downstream-closed", line.GetProperty("refusal").GetString());
        Assert.True(line.GetProperty("duration_ms").GetDouble() < 8000);
        Assert.Equal(0, pair.Caller.Metric("nodemesh_mesh_link_waiters"));
        silent.Close();
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_client_that_resets_while_the_far_application_is_connected_has_its_stream_reset()
    {
        await using var pair = await MeshPair.StartAsync(new MeshLinkOptions { ResponseTimeout = Until.Patience, ConnectTimeout = Until.Patience });
        using var full = new FullBacklog();
        pair.Apply(MeshPair.Cart, pair.Orders with { Ports = [new WorkloadPort { Name = "main", Port = full.Port }] });
        var front = await pair.Caller.CaptureAsync(IpEndpoint.From(IPAddress.Parse("127.0.0.2"), full.Port));
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(front);
        await Until.TrueAsync(() => pair.Server.Proxy.OpenConnections == 1, "the far side connects");

        client.LingerState = new LingerOption(true, 0);
        client.Close();
        Assert.Equal("downstream-closed", (await pair.Caller.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        Assert.Equal("downstream-closed", (await pair.Server.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connection_to_the_daemons_own_listener_is_refused_as_a_loop()
    {
        await using var pair = await MeshPair.StartAsync();
        using var front = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        front.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        front.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(front.LocalEndPoint!);
        var accepted = await front.AcceptAsync();
        var socket = new SocketDescriptor((int)accepted.SafeHandle.DangerousGetHandle());
        accepted.SafeHandle.SetHandleAsInvalid();

        await pair.Caller.OnLoop(() => _ = pair.Caller.Worker.Outbound.HandleAsync(new(socket, IpEndpoint.From((IPEndPoint)client.LocalEndPoint!))));
        await client.AssertIsCutAsync();
        Assert.Equal("loop", (await pair.Caller.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(UnknownSourcePolicy.Plaintext, PeerAuthenticationMode.Disable, true)]
    [InlineData(UnknownSourcePolicy.Refuse, PeerAuthenticationMode.Disable, false)]
    [InlineData(UnknownSourcePolicy.Plaintext, PeerAuthenticationMode.Permissive, true)]
    public async Task An_unknown_process_goes_as_far_as_MeshConfig_lets_it(UnknownSourcePolicy policy, PeerAuthenticationMode mode, bool carried)
    {
        await using var pair = await MeshPair.StartAsync();
        using var direct = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        direct.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), pair.ApplicationPort));
        direct.Listen();
        var nobody = MeshPair.Cart with { Selector = new ProcessSelector { Uid = 4_000_000 } };
        pair.Apply(
            nobody,
            pair.Orders,
            TestMesh.Config with { UnknownSources = policy },
            new PeerAuthentication { Metadata = ResourceMetadata.Of("default", "shop"), Mode = mode });
        if (carried)
        {
            using var client = await pair.DialAsync();
            using var server = await direct.AcceptAsync().WaitAsync(Until.Patience);
            await (client, server).AssertCarriesAsync();
        }
        else
        {
            await pair.AssertIsRefusedAsync();
            Assert.Equal("no-identity", (await pair.Caller.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        }

        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task An_unknown_process_is_refused_by_default_where_mutual_TLS_is_spoken()
    {
        await using var pair = await MeshPair.StartAsync();
        pair.Apply(MeshPair.Cart with { Selector = new ProcessSelector { Uid = 4_000_000 } }, pair.Orders);
        await pair.AssertIsRefusedAsync();
        Assert.Equal("no-identity", (await pair.Caller.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        await pair.AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_workload_that_closes_before_it_is_attested_does_not_get_out_either(bool byProgram)
    {
        await using var pair = await MeshPair.StartAsync();
        var cart = byProgram ? MeshPair.Cart with { Selector = MeshPair.Cart.Selector with { Executable = Environment.ProcessPath } } : MeshPair.Cart;
        pair.Apply(cart, pair.Orders, TestMesh.Config with { Egress = new EgressSettings { Mode = EgressMode.RegistryOnly } });
        using var outside = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        outside.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 0));
        outside.Listen(4096);
        var front = await pair.Caller.CaptureAsync(IpEndpoint.From((IPEndPoint)outside.LocalEndPoint!));
        const int Rounds = 300;
        for (var i = 0; i < Rounds; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(front);
            try
            {
                client.Send("secret"u8);
            }
            catch (SocketException exception)
            {
                // The daemon was faster.
                Assert.Contains(exception.SocketErrorCode, new[] { SocketError.ConnectionReset, SocketError.Shutdown });
            }
        }

        await Until.TrueAsync(() => pair.Caller.Lines.Count == Rounds, "every connection has ended");
        Assert.False(outside.Poll(0, SelectMode.SelectRead), "somebody got out");
        Assert.All(pair.Caller.Lines.All, line => Assert.Contains(line.GetProperty("refusal").GetString(), new[] { "egress-denied", "unattested" }));
        Assert.Contains(pair.Caller.Lines.All, line => line.GetProperty("refusal").GetString() == "unattested");
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_name_of_a_ServiceEntry_is_looked_up_and_its_connection_outlives_a_reload()
    {
        await using var pair = await MeshPair.StartAsync();
        var entry = new ServiceEntry
        {
            Metadata = ResourceMetadata.Of("outside", "shop"),
            Hosts = ["localhost.example"],
            Resolution = ServiceEntryResolution.Dns,
            Ports = [new ServiceEntryPort { Port = pair.ApplicationPort }],
            Endpoints = [new ServiceEntryEndpoint { Address = "localhost" }],
        };
        pair.Apply(MeshPair.Cart, entry);
        var vip = await pair.Caller.OnLoop(
            () => pair.Caller.Worker.Shared.Snapshot!.DnsNames.Single(name => name.Name == "localhost.example").Addresses[0]);
        var front = await pair.Caller.CaptureAsync(IpEndpoint.From(vip, pair.ApplicationPort));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(front);
        using var server = await pair.Application.AcceptAsync().WaitAsync(Until.Patience);
        await (client, server).AssertCarriesAsync();

        pair.Apply(MeshPair.Cart, entry, pair.Orders);
        await (client, server).AssertCarriesAsync();
        client.Close();
        server.Close();

        // One of localhost's addresses (::1) does not answer; that the next did is no refusal.
        Assert.False((await pair.Caller.Lines.OnlyAsync()).TryGetProperty("refusal", out _));
        await pair.AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_process_that_no_workload_claims_does_not_get_at_a_name_when_unknown_sources_are_refused()
    {
        await using var pair = await MeshPair.StartAsync();
        var entry = new ServiceEntry
        {
            Metadata = ResourceMetadata.Of("outside", "shop"),
            Hosts = ["localhost.example"],
            Resolution = ServiceEntryResolution.Dns,
            Ports = [new ServiceEntryPort { Port = 80 }],
            Endpoints = [new ServiceEntryEndpoint { Address = "localhost" }],
        };
        pair.Apply(entry, TestMesh.Config with { UnknownSources = UnknownSourcePolicy.Refuse });
        var vip = await pair.Caller.OnLoop(
            () => pair.Caller.Worker.Shared.Snapshot!.DnsNames.Single(name => name.Name == "localhost.example").Addresses[0]);
        var front = await pair.Caller.CaptureAsync(IpEndpoint.From(vip, 80));
        await pair.AssertIsRefusedAsync(front);
        Assert.Equal("no-identity", (await pair.Caller.Lines.OnlyAsync()).GetProperty("refusal").GetString());
        await pair.AssertNothingIsLeftAsync();
    }

    private static Service Service() => new()
    {
        Metadata = ResourceMetadata.Of("orders", "shop"),
        Selector = Labels.Of(("app", "orders")),
        Vips = [Vip.ToIPAddress()],
        Ports = [new ServicePort { Port = 80, TargetPort = new PortReference("main") }],
    };
}
