using NodeMesh.Proxy.Configuration;
using NodeMesh.Proxy.Health;
using NodeMesh.Proxy.Tests.Configuration;

namespace NodeMesh.Proxy.Tests.Health;

/// <summary>What nodes say of themselves, and which endpoints are in use by it.</summary>
public sealed class ReportedHealthTests
{
    private readonly ReportedHealth _reports = new();

    [Fact]
    public void A_port_that_its_node_reports_is_out_of_use_until_it_is_reported_no_more()
    {
        var snapshot = Snapshot(null);
        _reports.Apply(snapshot);
        Report("n2", isGone: false, ("shop", "cart-2", 80));
        Assert.Equal(["shop/cart-2 80"], Dead(snapshot));
        _reports.Report([]);
        Assert.Empty(Dead(snapshot));
    }

    [Fact]
    public void Every_endpoint_of_a_node_that_is_gone_is_out_of_use_but_none_of_this_nodes_own()
    {
        var snapshot = Snapshot(null);
        _reports.Apply(snapshot);
        Report("n2", isGone: true);
        Assert.Equal(["shop/cart-2 80", "shop/cart-2 81"], Dead(snapshot));
        Report("n1", isGone: true, ("shop", "cart-1", 80));
        Assert.Empty(Dead(snapshot));
    }

    [Fact]
    public void A_snapshot_that_comes_later_is_marked_before_it_is_in_force()
    {
        Report("n2", isGone: true);
        var first = Snapshot(null);
        _reports.Apply(first);
        Assert.Equal(2, Dead(first).Length);
        var moved = TestMesh.Compile(first, TestMesh.Workload("cart-1", "n1", 80), TestMesh.Workload("cart-2", "n2", 8080), TestMesh.Service("cart", 80, 80));
        _reports.Apply(moved);
        Assert.Equal(["shop/cart-2 8080"], Dead(moved));
    }

    private static MeshSnapshot Snapshot(MeshSnapshot? previous) => TestMesh.Compile(
        previous, TestMesh.Workload("cart-1", "n1", 80), TestMesh.Workload("cart-2", "n2", 80, 81), TestMesh.Service("cart", 80, 80));

    private static string[] Dead(MeshSnapshot snapshot) =>
        [.. snapshot.Endpoints.Where(endpoint => endpoint.State.IsReportedDead).Select(endpoint => $"{endpoint.WorkloadFullName} {endpoint.Address.Port}").Order(StringComparer.Ordinal)];

    private void Report(string node, bool isGone, params (string, string, ushort)[] dead) =>
        _reports.Report([KeyValuePair.Create(node, new NodeReport(isGone, dead.ToHashSet()))]);
}
