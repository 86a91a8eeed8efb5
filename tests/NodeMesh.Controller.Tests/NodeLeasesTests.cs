using Microsoft.Extensions.Logging.Abstractions;
using NodeMesh.Controller.Distribution;
using NodeMesh.Controller.Health;
using NodeMesh.Xds;
using NodeMesh.Xds.Catalog;
using NodeMesh.Xds.Delta;
using NodeMesh.Xds.Enrollment;
using NodeMesh.Xds.Protocol;

namespace NodeMesh.Controller.Tests;

/// <summary>What other nodes are told of a node that reports, vanishes and comes back.</summary>
public sealed class NodeLeasesTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly UnhealthyPortMessage Cart = new("shop", "cart", 80);

    private readonly TestController _controller = new();
    private NodeSessions _sessions = null!;
    private ResourceCatalog _catalog = null!;
    private NodeLeases _leases = null!;

    public async Task InitializeAsync()
    {
        await _controller.ApplyAsync(TestController.Mesh + "---\n" + TestController.Workload("cart").Replace("selector:", "ports: [{name: http, port: 80}], selector:", StringComparison.Ordinal));
        _controller.Join("web-1");
        Open();
    }

    public async Task DisposeAsync()
    {
        await _leases.DisposeAsync();
        _controller.Dispose();
    }

    [Fact]
    public void A_port_that_does_not_serve_is_told_until_it_does()
    {
        Connect();
        _leases.Report("web-1", new HealthMessage([Cart]));
        Assert.Equal("cart", Assert.Single(Told()["web-1"].Unhealthy).Workload);
        var version = _catalog.Version;
        _leases.Report("web-1", new HealthMessage([Cart, Cart]));
        Assert.Equal(version, _catalog.Version);
        _leases.Report("web-1", new HealthMessage([]));
        Assert.Empty(Told());
    }

    [Fact]
    public void What_a_node_says_of_others_workloads_is_left_out()
    {
        _leases.Report("web-2", new HealthMessage([Cart]));
        _leases.Report("web-1", new HealthMessage([Cart with { Workload = "pay" }, Cart with { Port = 81 }]));
        Assert.Empty(Told());
    }

    [Fact]
    public void A_node_without_a_stream_is_gone_after_its_lease_and_back_with_a_stream()
    {
        var session = Connect();
        Pass(Lease * 3);
        Assert.Empty(Told());
        _sessions.Remove(session);
        Pass(Lease);
        Assert.Empty(Told());
        Pass(TimeSpan.FromSeconds(1));
        Assert.True(Told()["web-1"].Gone);
        Assert.Equal(1, _leases.Gone);
        Connect();
        Pass(TimeSpan.Zero);
        Assert.Empty(Told());
        Assert.Equal(0, _leases.Gone);
    }

    [Fact]
    public void A_restart_of_the_controller_gives_everybody_a_lease()
    {
        Pass(Lease * 2);
        Assert.True(Told()["web-1"].Gone);
        var version = _catalog.Version;
        Open();
        Assert.True(_catalog.Version > version);
        Pass(Lease);
        Assert.Empty(Told());
        Pass(TimeSpan.FromSeconds(1));
        Assert.True(Told()["web-1"].Gone);
    }

    [Fact]
    public void A_lease_shorter_than_nodes_take_to_come_back_does_not_end_with_a_restart_of_the_controller()
    {
        Open(TimeSpan.FromSeconds(1));
        Pass(TimeSpan.FromSeconds(15));
        Assert.Empty(Told());
        Pass(TimeSpan.FromSeconds(1));
        Assert.True(Told()["web-1"].Gone);
    }

    [Fact]
    public void An_evicted_node_is_gone_at_once()
    {
        Connect();
        _controller.Nodes.Evict("web-1", "alice");
        Assert.True(Told()["web-1"].Gone);
    }

    [Fact]
    public void An_evicted_node_is_not_back_because_its_stream_takes_a_moment_to_end()
    {
        Connect();
        _controller.Nodes.Evict("web-1", "alice");
        Pass(TimeSpan.FromSeconds(1));
        Assert.True(Told()["web-1"].Gone);
    }

    [Fact]
    public void A_stream_that_was_never_let_in_keeps_no_node_in_use()
    {
        Pass(Lease * 2);
        _sessions.Add(new NodeSession("web-1", "192.0.2.1", new CancellationTokenSource()));
        Pass(TimeSpan.Zero);
        Assert.True(Told()["web-1"].Gone);
    }

    [Fact]
    public void An_evicted_node_is_gone_after_a_restart_of_the_controller_too_until_it_joins_anew()
    {
        _controller.Nodes.Evict("web-1", "alice");
        Open();
        Assert.True(Told()["web-1"].Gone);
        Pass(Lease * 2);
        Assert.Equal((true, 1), (Told()["web-1"].Gone, _leases.Gone));
        _controller.Join("web-1");
        Connect();
        Pass(TimeSpan.Zero);
        Assert.Empty(Told());
    }

    [Fact]
    public async Task Of_a_deleted_node_nothing_is_told_any_more()
    {
        Connect();
        _leases.Report("web-1", new HealthMessage([Cart]));
        _controller.Nodes.Evict("web-1", "alice");
        await _controller.ApplyAsync("", request => request with { Deleted = [new Resources.ResourceKey("Workload", "shop", "cart")] });
        Assert.True(Told()["web-1"].Gone);
        Assert.True(_controller.Nodes.Delete("web-1", "alice"));
        Assert.Empty(Told());
        Pass(Lease * 2);
        Assert.Equal(0, _leases.Gone);
        Assert.Empty(Told());
    }

    [Fact]
    public void An_eviction_while_the_stream_ends_by_itself_is_an_eviction()
    {
        var end = new CancellationTokenSource();
        _sessions.Add(new NodeSession("web-1", "192.0.2.1", end));
        end.Dispose();
        Assert.True(_controller.Nodes.Evict("web-1", "alice"));
        Assert.True(Told()["web-1"].Gone);
    }

    [Fact]
    public void A_node_that_is_cordoned_is_told_so_until_it_is_not_also_over_a_restart()
    {
        Connect();
        Assert.True(_controller.Nodes.Cordon("web-1", isCordoned: true, "alice"));
        Assert.Equal((true, false), (Told()["web-1"].Cordoned, Told()["web-1"].Gone));
        Assert.Equal(1, _leases.Cordoned);
        Open();
        Assert.True(Told()["web-1"].Cordoned);
        _leases.Report("web-1", new HealthMessage([Cart]));
        Assert.Equal((true, 1), (Told()["web-1"].Cordoned, Told()["web-1"].Unhealthy.Count));
        _leases.Report("web-1", new HealthMessage([]));
        Assert.True(_controller.Nodes.Cordon("web-1", isCordoned: false, "alice"));
        Assert.Empty(Told());
    }

    private void Open(TimeSpan? lease = null)
    {
        _sessions = new NodeSessions(_controller.Nodes, _controller.Time);
        _catalog = new ResourceCatalog(TypeUrls.NodeHealth);
        _leases = new NodeLeases(_controller.Nodes, _sessions, _controller.Registry, _catalog, lease ?? Lease, _controller.Time, NullLogger<NodeLeases>.Instance);
    }

    private NodeSession Connect()
    {
        var session = new NodeSession("web-1", "192.0.2.1", new CancellationTokenSource());
        _sessions.Add(session);
        session.Serve();
        return session;
    }

    private void Pass(TimeSpan time)
    {
        _controller.Time.Advance(time);
        _leases.Look();
    }

    private Dictionary<string, NodeHealth> Told()
    {
        var node = new DeltaState(TypeUrls.NodeHealth);
        var stream = new DeltaSubscription(_catalog);
        stream.Receive(node.Begin("web-2", byName: false));
        node.Receive(stream.Next()!.Decode());
        return node.Resources.ToDictionary(entry => entry.Key, entry => NodeHealth.Parser.ParseFrom(entry.Value.Resource_.Value), StringComparer.Ordinal);
    }
}
